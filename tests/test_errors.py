from onoma.errors import DataError, did_you_mean, excerpt


def test_data_error_names_the_place_and_escapes_the_text() -> None:
    error = DataError("bad", code="x", path="f.txt", line=3, column=2, text="a\x1b[31m\tb" + "c" * 200)
    shown = str(error)
    assert shown.startswith("f.txt:3:2: bad [a\\x1b[31m\\tb")
    assert "\x1b" not in shown
    assert len(shown) < 110


def test_excerpt_is_bounded() -> None:
    assert len(excerpt("\x00" * 500)) <= 80
    assert excerpt("short") == "short"


def test_did_you_mean_names_the_closest_or_lists_all() -> None:
    assert did_you_mean("dropuot", ["dropout", "epochs"]) == "; did you mean 'dropout'?"
    assert "dropout, epochs" in did_you_mean("zzz", ["epochs", "dropout"])
