"""Every kind of pretrained encoder: built from its description, blind to padding, weights as stored."""

import inspect
import json
from contextlib import suppress

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from onoma.errors import ModelError
from onoma.nn.architectures import (
    Architecture,
    ModelType,
    check_architecture,
    describe_architecture,
    library_config,
)
from onoma.nn.pretrained import PretrainedEncoder, model_class, no_pooler, quiet_library
from onoma.nn.pretrained_weights import load_weights
from tiny_encoders import encoder_config, write_encoder

KINDS = ModelType.__args__
PIECES = 60

# Fields of the library's configurations that a bare encoder's states do not depend on.
UNUSED = {
    *("use_cache", "is_decoder", "add_cross_attention", "tie_word_embeddings", "initializer_range"),
    *("initializer_cutoff_factor", "classifier_dropout", "classifier_dropout_prob", "classifier_pooling"),
    *("classifier_bias", "classifier_activation", "qa_dropout", "seq_classif_dropout", "pooler_dropout"),
    *("pooler_hidden_act", "summary_type", "summary_use_proj", "summary_activation", "summary_last_dropout"),
    *("output_embedding_size", "decoder_bias", "deterministic_flash_attn", "sparse_prediction"),
    *("sparse_pred_ignore_index", "pretraining_tp", "self", "kwargs", "args"),
}


def describe(kind: str, **sizes) -> Architecture:
    return describe_architecture(json.loads(encoder_config(kind, PIECES, **sizes).to_json_string()))


def build(kind: str, **options) -> PretrainedEncoder:
    torch.manual_seed(3)
    return PretrainedEncoder(describe(kind), **options)


def batch(seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    lengths = torch.tensor([12, 3, 7])
    return torch.randint(2, PIECES, (3, 12), generator=generator), lengths


@pytest.mark.parametrize("kind", KINDS)
def test_states_do_not_depend_on_padding(kind) -> None:
    encoder = build(kind).eval()
    pieces, lengths = batch()
    with torch.inference_mode():
        together = encoder(pieces, lengths)
        for row, length in enumerate(lengths.tolist()):
            alone = encoder(pieces[row : row + 1, :length], lengths[row : row + 1])[0]
            torch.testing.assert_close(together[row, :length], alone, atol=1e-5, rtol=0)
    assert torch.isfinite(together).all()
    assert together.shape == (3, 12, encoder.output_dim)


@pytest.mark.parametrize("kind", KINDS)
def test_every_parameter_has_a_depth_and_a_gradient(kind) -> None:
    encoder = build(kind)
    depths = {id(parameter): depth for parameter, depth in encoder.depths()}
    assert depths.keys() == {id(parameter) for parameter in encoder.parameters()}
    assert encoder.model.get_input_embeddings().weight is not None
    assert depths[id(encoder.model.get_input_embeddings().weight)] == encoder.num_layers == 2
    assert set(depths.values()) == ({0, 2} if kind == "albert" else {0, 1, 2})  # albert shares its layers
    pieces, lengths = batch()
    states = encoder(pieces, lengths)
    (states * torch.randn(states.shape)).sum().backward()
    # Tables of sines are parameters of the library's that are not to be learned.
    learned = [(name, one) for name, one in encoder.named_parameters() if one.requires_grad]
    assert [name for name, one in learned if one.grad is None or not one.grad.any()] == []


@pytest.mark.parametrize("kind", KINDS)
def test_weights_are_read_and_states_are_the_librarys(kind, tmp_path) -> None:
    folder = write_encoder(tmp_path / "encoder", kind)
    architecture = describe_architecture(json.loads((folder / "config.json").read_text()))
    assert check_architecture(json.loads(json.dumps(architecture.as_dict()))) == architecture
    with torch.device("meta"):
        blueprint = PretrainedEncoder(architecture)
    encoder = PretrainedEncoder(architecture).eval()
    assert {name: one.shape for name, one in blueprint.state_dict().items()} == {
        name: one.shape for name, one in encoder.state_dict().items()
    }
    assert load_weights(folder, architecture, encoder).startswith(f"{kind} encoder with 2 layers")
    pieces, _ = batch()
    with quiet_library(), torch.inference_mode():
        kind_class = model_class(library_config(architecture))
        reference = kind_class.from_pretrained(folder, **no_pooler(kind_class)).eval()
        expected = reference(input_ids=pieces).last_hidden_state
        states = encoder(pieces, torch.tensor([12, 12, 12]))
    torch.testing.assert_close(states, expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize("kind", KINDS)
def test_no_field_that_matters_is_left_out(kind) -> None:
    import transformers

    base = set(inspect.signature(transformers.PreTrainedConfig.__init__).parameters)
    own = set(inspect.signature(type(encoder_config(kind, PIECES)).__init__).parameters)
    assert own - base - UNUSED - set(Architecture.model_fields) == set()


@pytest.mark.parametrize("frozen", [-1, 0, 1, 2])
def test_frozen_layers_keep_their_weights(frozen) -> None:
    encoder = build("bert", frozen_layers=frozen)
    learning = {depth for parameter, depth in encoder.depths() if parameter.requires_grad}
    assert learning == {-1: {0, 1, 2}, 0: {0, 1}, 1: {0}, 2: set()}[frozen]


def test_more_frozen_layers_than_layers_are_refused() -> None:
    with pytest.raises(ValueError, match="has 2 layers, 3 cannot be frozen"):
        build("bert", frozen_layers=3)


@pytest.mark.parametrize("frozen", [-1, 1])
def test_gradient_checkpointing_changes_nothing(frozen) -> None:
    pieces, lengths = batch()
    gradients = []
    for checkpointing in (False, True):
        encoder = build("bert", frozen_layers=frozen, gradient_checkpointing=checkpointing)
        torch.manual_seed(1)
        encoder(pieces, lengths).square().sum().backward()
        gradients.append([one.grad for one in encoder.parameters() if one.requires_grad])
    assert gradients[0]
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, other)


def test_offset_positions_shorten_the_input() -> None:
    assert describe("bert").num_positions == 514
    assert describe("roberta").num_positions == 513
    assert describe("roberta", pad_token_id=1).num_positions == 512
    # The last position that is promised exists.
    for kind in ("bert", "roberta", "mpnet"):
        encoder = build(kind).eval()
        longest = describe(kind).num_positions
        states = encoder(torch.full((1, longest), 5), torch.tensor([longest]))
        assert torch.isfinite(states).all()


def test_head_and_pooler_weights_are_left_and_missing_ones_are_an_error(tmp_path) -> None:
    from safetensors.torch import load_file, save_file
    from transformers import BertForMaskedLM

    folder = write_encoder(tmp_path / "encoder")
    config = encoder_config("bert", PIECES)
    with quiet_library():
        BertForMaskedLM(config).save_pretrained(tmp_path / "lm")
    architecture = describe_architecture(json.loads((tmp_path / "lm" / "config.json").read_text()))
    encoder = PretrainedEncoder(architecture)
    assert "left out: cls." in load_weights(tmp_path / "lm", architecture, encoder)

    path = folder / "model.safetensors"
    weights = load_file(path)
    architecture = describe_architecture(json.loads((folder / "config.json").read_text()))
    encoder = PretrainedEncoder(architecture)
    name = "encoder.layer.1.output.dense.weight"
    for damage, message in (
        (
            {key: value for key, value in weights.items() if key != name},
            "lacks 1 weights.*layer.1.output.dense",
        ),
        ({**weights, name: torch.full_like(weights[name], torch.nan)}, "not finite"),
        ({**weights, name: torch.zeros(3, 3)}, "cannot be read"),
    ):
        save_file(damage, path, metadata={"format": "pt"})
        with pytest.raises(ModelError, match=message) as caught:
            load_weights(folder, architecture, encoder)
        assert "\n" not in str(caught.value)
    path.write_bytes(b"no tensors")
    with pytest.raises(ModelError, match="cannot be read"):
        load_weights(folder, architecture, encoder)


HOSTILE = {
    "unknown type": ({"model_type": "gpt2"}, "model_type"),
    "no type": ({"model_type": None}, "model_type"),
    "code": ({"auto_map": {"AutoModel": "there--code.Model"}}, "auto_map"),
    "fetched kernel": ({"attn_implementation": "someone/kernel"}, "attn_implementation"),
    "many labels": ({"num_labels": 10**9}, "num_labels"),
    "layers": ({"num_hidden_layers": 10**6}, "num_hidden_layers"),
    "no layers": ({"num_hidden_layers": None}, "number of layers"),
    "width": ({"hidden_size": 10**9}, "hidden_size"),
    "negative": ({"intermediate_size": -1}, "intermediate_size"),
    "pieces": ({"vocab_size": 10**12}, "vocab_size"),
    "a string for a number": ({"hidden_size": "16"}, "hidden_size"),
    "a list": ({"hidden_size": [16]}, "hidden_size"),
    "not a number": ({"layer_norm_eps": float("nan")}, "layer_norm_eps"),
    "dropout": ({"hidden_dropout_prob": 1.5}, "hidden_dropout_prob"),
    "activation from elsewhere": ({"hidden_act": "os.system"}, "hidden_act"),
    "rotation": ({"rope_parameters": {"rope_type": "dynamic", "rope_theta": 1.0}}, "rope_parameters"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_descriptions_are_refused(name) -> None:
    change, message = HOSTILE[name]
    with pytest.raises(ValueError, match=message):
        check_architecture({**describe("bert").as_dict(), **change})


@pytest.mark.parametrize(
    "change",
    [{"hidden_act": "nonsense"}, {"num_attention_heads": 3}, {"pad_token_id": 3_000}, {"hidden_size": 15}],
    ids=str,
)
def test_what_the_library_refuses_is_one_kind_of_error(change) -> None:
    with pytest.raises(ValueError, match="encoder: "):
        PretrainedEncoder(check_architecture({**describe("bert").as_dict(), **change}))


SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 300), st.floats(), st.text(max_size=5), st.lists(st.integers())
)


@given(st.dictionaries(st.sampled_from(sorted(Architecture.model_fields)), SCALARS, max_size=4))
def test_any_description_is_built_or_refused(change) -> None:
    with suppress(ValueError), torch.device("meta"):
        PretrainedEncoder(check_architecture({**describe("bert").as_dict(), **change}))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model_type": "llama"}, "type 'llama' cannot be used; known: albert, bert"),
        ({"is_decoder": True}, "decoder"),
        ({"position_embedding_type": "relative_key"}, "relative positions"),
        ({"hidden_size": "wide"}, "not a configuration of bert"),
    ],
)
def test_configurations_of_other_kinds_are_refused(change, message) -> None:
    config = json.loads(encoder_config("bert", PIECES).to_json_string())
    with pytest.raises(ValueError, match=message):
        describe_architecture({**config, **change})


def test_code_named_by_a_configuration_is_ignored() -> None:
    config = json.loads(encoder_config("bert", PIECES).to_json_string())
    extra = {"auto_map": {"AutoModel": "there--code.Model"}, "attn_implementation": "someone/kernel"}
    assert describe_architecture({**config, **extra}) == describe_architecture(config)
