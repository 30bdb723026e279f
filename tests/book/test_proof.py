import json

from descent.book import proof
from descent.checks import EXERCISES
from descent.checks.catalogue import VARIED
from descent.checks.prove import Proof, Row, prove

NAME = "largest_stable_lr"


def test_page_shows_every_wrong_version_with_its_sentence():
    exercise = EXERCISES[NAME]
    text = proof.section(prove(exercise, right_seeds=1, wrong_seeds=1), exercise)
    for wrong in exercise.wrong:
        assert f"| {wrong.name} |" in text
        assert wrong.sentence.replace("|", "\\|") in text
    assert f"{len(exercise.wrong)} wrong versions" in text
    assert "Not proved" not in text


def test_page_shows_what_a_variant_asks_for():
    label = "momentum_step (mean of two velocities)"
    text = proof.variant(VARIED[label])
    folded = ":::{dropdown} `momentum_step`: mean of two velocities\n" + VARIED[label].statement
    assert folded in text
    assert f"tries {len(VARIED[label].wrong)} wrong and 5 right versions of it" in text


def test_a_hole_is_shown():
    name = EXERCISES[NAME].wrong[0].name
    rows = [Row(name, set(), {name}, ["accepted at level public, seed 0"])]
    text = proof.section(Proof(NAME, ["ordinary"], rows, 5, ["a dead test"]), EXERCISES[NAME])
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


def test_the_page_tells_of_every_exercise_and_variant_from_kept_proofs(tmp_path):
    for name, exercise in EXERCISES.items():
        row = Row(exercise.wrong[0].name, {"one"}, {exercise.wrong[0].name})
        kept = vars(Proof(name, ["one"], [], 5, [])) | {"rows": [vars(row)]}
        (tmp_path / f"{name}.json").write_text(json.dumps(kept, default=list), encoding="utf-8")
    text = proof.page(tmp_path)
    for exercise in VARIED.values():
        told = f"`{exercise.name}`: {exercise.variant}" if exercise.variant else exercise.title
        assert told in text
    assert text.count("1 wrong versions, all rejected and named") == len(EXERCISES)
