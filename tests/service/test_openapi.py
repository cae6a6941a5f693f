"""The server against its own description: schemathesis makes requests of it, right and wrong ones."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from live_server import LiveServer
from schemathesis import GenerationMode

OPERATIONS = ("POST /v1/tag", "GET /v1/models", "GET /livez", "GET /readyz", "GET /metrics")
TOO_MANY_TEXTS = "413"
"""What schemathesis does not know as a refusal."""


def description(server: LiveServer) -> schemathesis.BaseSchema:
    api = schemathesis.openapi.from_url(f"http://127.0.0.1:{server.port}/openapi.json")
    refusal = api.config.checks.negative_data_rejection
    refusal.expected_statuses = [*refusal.expected_statuses, TOO_MANY_TEXTS]
    return api


@pytest.mark.parametrize(
    ("operation", "mode"),
    [
        *((operation, GenerationMode.POSITIVE) for operation in OPERATIONS),
        (OPERATIONS[0], GenerationMode.NEGATIVE),  # the others take nothing that could be wrong
    ],
)
def test_answers_are_as_described(server: LiveServer, operation: str, mode: GenerationMode) -> None:
    method, path = operation.split()
    described = description(server)[path][method]

    @settings(
        max_examples=60,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=described.as_strategy(generation_mode=mode))
    def ask(case: schemathesis.Case) -> None:
        case.call_and_validate()

    ask()


def test_every_operation_is_asked(server: LiveServer) -> None:
    found = [one.ok() for one in description(server).get_all_operations()]
    assert {f"{one.method.upper()} {one.path}" for one in found} == set(OPERATIONS)


def test_the_description_names_the_token_and_what_may_be_refused(make) -> None:
    paths = make().app.openapi()["paths"]
    assert "503" in paths["/readyz"]["get"]["responses"]
    assert {"401", "403"} <= paths["/metrics"]["get"]["responses"].keys()
    found = make(token=b"a" * 20).app.openapi()
    assert found["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert found["paths"]["/v1/tag"]["post"]["security"] == [{"token": []}]
    assert "security" not in found["paths"]["/livez"]["get"]
