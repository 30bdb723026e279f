"""Runs that go on after they were stopped, however they were stopped."""

import os
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from descent.data import Examples

LOOKED_AT = (0, *(2**power for power in range(16)))  # steps at which schedules are compared


class Part(Protocol):
    """What a run consists of: models, optimisers, schedulers, and all else that has a state."""

    def state_dict(self) -> dict[str, Any]:
        """The state as it is now."""
        ...

    def load_state_dict(self, state_dict: Any, /) -> Any:
        """Brings it back."""
        ...


class Checkpoint:
    """A file with the state of a run. There is always the last whole one, even if a write is cut short.

    path: the file; its neighbour path.part is used while writing. settings: what the run must have in
        common with the one that wrote the file, by the name that an error gives it.

    Raises ValueError for a file of other settings, or one that cannot be read.
    """

    def __init__(self, path: str | Path, settings: Mapping[str, Any]) -> None:
        self.path, self.settings = Path(path), dict(settings)
        self.content: dict[str, Any] | None = None
        if not self.path.exists():
            return
        try:
            content = torch.load(self.path, map_location="cpu", weights_only=True)
            stored = content["settings"]
        except Exception as error:
            raise ValueError(
                f"checkpoint {self.path} cannot be read: {type(error).__name__}: {error}"
            ) from error
        for name in self.settings | stored:
            old, new = differing(stored.get(name), self.settings.get(name))
            if old != new:
                raise ValueError(
                    f"checkpoint {self.path} is of another run, so give this one a file of its own; "
                    f"{name}: there {old!r}, here {new!r}"
                )
        self.content = content

    def load(self, parts: Mapping[str, Part]) -> None:
        """Brings all parts to the state that the file had when it was opened; none, if it was not there."""
        if self.content is not None:
            for name, part in parts.items():
                part.load_state_dict(self.content[name])

    def save(self, parts: Mapping[str, Part]) -> None:
        """Writes the state of all parts: beside the file first, then in its place, at once."""
        content = {name: part.state_dict() for name, part in parts.items()}
        written = self.path.with_name(self.path.name + ".part")
        with written.open("wb") as file:
            torch.save({"settings": self.settings, **content}, file)
            file.flush()
            os.fsync(file.fileno())
        written.replace(self.path)
        if os.name == "posix":  # there the new name, too, is safe only once the folder is
            folder = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)


def differing(old: Any, new: Any) -> tuple[Any, Any]:
    """Both, without the entries that they have in common."""
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return old, new
    names = [name for name in old | new if old.get(name) != new.get(name)]
    shorter = [{name: part[name] for name in names if name in part} for part in (old, new)]
    return shorter[0], shorter[1]


class Generators:
    """The random numbers of torch on the CPU and, if the device is one, on a CUDA device."""

    def __init__(self, device: torch.device) -> None:
        self.cuda = device if device.type == "cuda" else None

    def state_dict(self) -> dict[str, Tensor]:
        """Where the generators stand."""
        cuda = {} if self.cuda is None else {"cuda": torch.cuda.get_rng_state(self.cuda)}
        return {"cpu": torch.get_rng_state(), **cuda}

    def load_state_dict(self, state_dict: Mapping[str, Tensor]) -> None:
        """Sets them back to there; a GPU that has none in `state_dict` is left as it is."""
        torch.set_rng_state(state_dict["cpu"])
        if self.cuda is not None and "cuda" in state_dict:
            torch.cuda.set_rng_state(state_dict["cuda"], self.cuda)


def settings(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    examples: Examples,
    schedule: Callable[[int], float] | None,
    **others: Any,
) -> dict[str, Any]:
    """What two runs must have in common for one to go on where the other stopped.

    Of the model: the names, shapes and dtypes of its parameters and buffers. Of the optimiser: its kind and
    numbers. Of the examples: their shapes, and a checksum of the labels. Of the schedule: its rates at
    steps 0, 1, 2, 4, 8, … .
    """
    moves = {"params", "initial_lr", *(() if schedule is None else ("lr",))}
    groups = [
        {
            name: value.tolist() if isinstance(value, Tensor) else value
            for name, value in group.items()
            if name not in moves
        }
        for group in optimizer.param_groups
    ]
    labels = examples.labels.detach().cpu().contiguous().numpy()
    return {
        "model": {
            name: f"{tuple(value.shape)} {value.dtype}"
            for name, value in model.state_dict().items()
            if isinstance(value, Tensor)
        },
        "optimizer": type(optimizer).__name__,
        "parameter groups": groups,
        "examples": f"{tuple(examples.images.shape)}, labels {zlib.crc32(labels):08x}",
        "schedule": None
        if schedule is None
        else {step: float(schedule(step)) for step in LOOKED_AT},
        **others,
    }
