import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest


@pytest.fixture(autouse=True, scope="module")
def clean_canvas():
    """Exercise notebooks draw: their figures are closed after them, and their style is put back."""
    with mpl.rc_context():
        yield
    plt.close("all")
