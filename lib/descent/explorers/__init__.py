"""Interactive figures: widgets in a live notebook, a picture that comes to life on a static page."""

from descent.explorers.bundle import script, stylesheet
from descent.explorers.playing import play
from descent.explorers.trajectories import Trajectories

__all__ = ["Trajectories", "play", "script", "stylesheet"]
