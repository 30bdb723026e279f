"""Interactive figures: widgets in a live notebook, a picture that comes to life on a static page."""

from descent.explorers.adam_step import AdamStep
from descent.explorers.batch_size import BatchSize
from descent.explorers.bundle import script, stylesheet
from descent.explorers.momentum_phases import MomentumPhases
from descent.explorers.playing import play
from descent.explorers.rotation import Rotation
from descent.explorers.schedule_designer import ScheduleDesigner
from descent.explorers.signal_propagation import SignalPropagation
from descent.explorers.trajectories import Trajectories

__all__ = [
    "AdamStep",
    "BatchSize",
    "MomentumPhases",
    "Rotation",
    "ScheduleDesigner",
    "SignalPropagation",
    "Trajectories",
    "play",
    "script",
    "stylesheet",
]
