from descent.book import proof
from descent.checks import EXERCISES
from descent.checks.catalogue import VARIED
from descent.checks.prove import Proof, Row, prove

NAME = "largest_stable_lr"


def test_page_shows_every_wrong_version_with_its_sentence():
    exercise = EXERCISES[NAME]
    text = proof.page([prove(exercise, right_seeds=1, wrong_seeds=1)], EXERCISES)
    for wrong in exercise.wrong:
        assert f"| {wrong.name} |" in text
        assert wrong.sentence.replace("|", "\\|") in text
    assert f"{len(exercise.wrong)} wrong versions" in text
    assert "Not proved" not in text


def test_page_shows_what_a_variant_asks_for():
    label = "momentum_step (mean of two velocities)"
    text = proof.page([prove(VARIED[label], right_seeds=1, wrong_seeds=1)], VARIED)
    folded = ":::{dropdown} `momentum_step`: mean of two velocities\n" + VARIED[label].statement
    assert folded in text
    assert f"{len(VARIED[label].wrong)} wrong versions, all rejected and named" in text
    assert "| the book's |" not in text


def test_a_hole_is_shown():
    name = EXERCISES[NAME].wrong[0].name
    rows = [Row(name, set(), {name}, ["accepted at level public, seed 0"])]
    text = proof.page([Proof(NAME, ["ordinary"], rows, 5, ["a dead test"])], EXERCISES)
    assert f"**Not proved**: a dead test; {name}: accepted at level public, seed 0." in text
    assert "accepted at level public, seed 0" in text


def test_a_proof_is_computed_once(tmp_path, monkeypatch):
    calls = []

    def counted(exercise):
        calls.append(exercise.label)
        return Proof(exercise.label, ["one"], [Row("w", {"one"}, {"w"})], 5, [])

    monkeypatch.setattr(proof, "prove", counted)
    first, again = (proof.proved(EXERCISES[NAME], tmp_path / "proofs") for _ in range(2))
    assert calls == [NAME]
    assert first == again == Proof(NAME, ["one"], [Row("w", {"one"}, {"w"})], 5, [])
