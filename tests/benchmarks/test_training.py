"""What the benchmark of training compares; nothing here is timed."""

from benchmarks import training


def test_every_competitor_trains_the_same_network_on_as_many_batches(monkeypatch):
    monkeypatch.setattr(training, "BATCHES", 3)
    competitors = training.epochs("adam")
    assert {"torch default", "torch fused", "ours eager", "ours compiled"} < set(competitors)
    written_out = competitors.pop("written out, torch default")
    written_out()
    competitors.pop("ours compiled")  # tests/pytorch compiles
    for name, epoch in competitors.items():
        first, second = epoch(), epoch()
        assert len(first.losses) == 3, name
        assert second.epochs[0]["loss"] < first.epochs[0]["loss"], name
