# Serves a model over HTTP: docker build --tag onoma . && docker run --publish 127.0.0.1:8080:8080 onoma
# What stands behind the image's name are arguments of `onoma serve`; without any it is the shipped model `en`.
FROM python:3.13-slim-bookworm AS build
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends gcc libc6-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY pyproject.toml MANIFEST.in README.md LICENSE constraints.txt ./
COPY kernel kernel
COPY src src
RUN python -m venv /opt/onoma \
    && /opt/onoma/bin/pip install --no-cache-dir --constraint constraints.txt '.[serve,pieces]'

FROM python:3.13-slim-bookworm
RUN useradd --no-log-init --uid 10001 --create-home onoma
COPY --from=build /opt/onoma /opt/onoma
COPY docker/serve.sh /usr/local/bin/onoma-serve
ENV PATH=/opt/onoma/bin:$PATH
USER 10001
WORKDIR /home/onoma
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/readyz', timeout=4)"]
ENTRYPOINT ["sh", "/usr/local/bin/onoma-serve"]
CMD ["en"]
