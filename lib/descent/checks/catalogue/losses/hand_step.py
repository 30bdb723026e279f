"""`hand_step`: one step of gradient descent on paper; in a graded notebook with numbers of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np

from descent.checks.catalogue.losses.squared_error import MSE
from descent.checks.exercise import Exercise, Probe, Variant, Wrong

STEP, LOSS = "sec-losses-step", "sec-losses-mse"


@dataclass(frozen=True)
class Task:
    """Two points, the line that one begins with, and the learning rate, as text with one decimal or two."""

    x: tuple[int, int]
    y: tuple[int, int]
    slope: int
    intercept: int
    lr: str

    @property
    def points(self) -> str:
        """The points, in words."""
        return f"({self.x[0]}, {self.y[0]}) and ({self.x[1]}, {self.y[1]})"

    @property
    def residuals(self) -> list[int]:
        """Prediction minus target."""
        pairs = zip(self.x, self.y, strict=True)
        return [self.slope * x + self.intercept - y for x, y in pairs]

    @property
    def derivative(self) -> int:
        """Of the loss by the slope: a sum of 2 · residual · x over two points."""
        return sum(r * x for r, x in zip(self.residuals, self.x, strict=True))

    def loss_and_gradient(self) -> tuple[float, np.ndarray]:
        """By the book's own exercise."""
        X = np.column_stack([np.array(self.x, float), np.ones(2)])
        return MSE.reference(X, np.array(self.y, float), self.start)

    @property
    def start(self) -> np.ndarray:
        """Slope and intercept."""
        return np.array([self.slope, self.intercept], float)

    def reference(self) -> float:
        """The new slope."""
        return float((self.start - float(self.lr) * self.loss_and_gradient()[1])[0])

    @property
    def right(self) -> tuple[Callable, ...]:
        """The new slope, written in many ways."""
        exact = self.slope - Fraction(self.lr) * self.derivative
        values = (
            self.reference(),
            float(exact),
            np.float64(float(exact)),
            np.array(float(exact)),
            exact,
            self.slope - Decimal(self.lr) * self.derivative,
            self.slope - float(self.lr) * self.derivative,
        )
        return tuple(lambda value=value: value for value in values)

    @property
    def hints(self) -> tuple[str, str, str]:
        """The third works it out, but for the step."""
        (x1, x2), (r1, r2) = self.x, self.residuals
        return (
            "Both residuals (prediction minus target) are small whole numbers. Write them down first.",
            "The derivative by the slope is the mean of 2 · residual · x over the two points.",
            f"The residuals are {r1} and {r2}, so the derivative is (2 · ({r1}) · {x1} + 2 · ({r2}) · {x2}) / 2; "
            f"the new slope is the old one minus {self.lr} times that.",
        )

    @property
    def wrong(self) -> tuple[Wrong, ...]:
        """What comes out of the usual mistakes."""
        lr, (slope, intercept) = float(self.lr), self.start
        loss, (by_slope, by_intercept) = self.loss_and_gradient()

        def wrong(name: str, value: float, sentence: str, because: str, section: str) -> Wrong:
            return Wrong(name, lambda: value, sentence, because, section)

        return (
            wrong(
                "ascent",
                slope + lr * by_slope,
                "You went uphill: the learning rate times the derivative is subtracted.",
                "Against the derivative the loss falls, with it the loss grows.",
                STEP,
            ),
            wrong(
                "no factor X",
                slope - lr * by_intercept,
                "Your derivative lacks the factor x: each residual is multiplied by its x.",
                "This is the derivative by the intercept, whose x is 1.",
                LOSS,
            ),
            wrong(
                "missing 2",
                slope - lr * by_slope / 2,
                "The factor 2 is missing in your derivative: the derivative of r² is 2r.",
                "The square brings the 2, the chain rule the factor x.",
                LOSS,
            ),
            wrong(
                "sum for mean",
                slope - lr * by_slope * 2,
                "You added up over the two points; the loss is their mean.",
                "A mean of two divides by 2.",
                LOSS,
            ),
            wrong(
                "learning rate forgotten",
                slope - by_slope,
                f"You subtracted the whole derivative; the learning rate {self.lr} scales it.",
                "The gradient gives the direction, the learning rate how far to go.",
                STEP,
            ),
            wrong(
                "derivative",
                by_slope,
                "This is the derivative by the slope; take the step with it.",
                f"The new slope is the old one minus {self.lr} times the derivative.",
                STEP,
            ),
            wrong(
                "change alone",
                -lr * by_slope,
                "This is by how much the slope changes; add the old slope.",
                f"A step begins where you stand, at slope {self.slope}.",
                STEP,
            ),
            wrong(
                "intercept",
                intercept - lr * by_intercept,
                "This is the new intercept; the slope is asked for.",
                "The first parameter is the slope, the last the intercept.",
                STEP,
            ),
            wrong(
                "loss",
                loss,
                "This is the loss at the start; the slope after the step is asked for.",
                "The loss tells how good the start is, its gradient where to go.",
                STEP,
            ),
        )

    def variant(self) -> Variant:
        """The task with these numbers in place of the book's."""
        return Variant(
            name=f"points {self.points}",
            statement=f"""**Other numbers**: the points are $(x, y) = ({self.x[0]}, {self.y[0]})$ and \
$({self.x[1]}, {self.y[1]})$. The line begins with slope {self.slope} and
intercept {self.intercept}, and the learning rate is {self.lr}: $\\theta \\leftarrow \\theta - {self.lr}\\,\\nabla L(\\theta)$. \
What is the new slope?""",
            hints=self.hints,
            reference=self.reference,
            right=self.right,
            wrong=self.wrong,
        )


BOOK = Task(x=(2, 4), y=(3, 5), slope=1, intercept=0, lr="0.1")
OTHERS = (
    Task(x=(1, 5), y=(5, 13), slope=2, intercept=1, lr="0.2"),
    Task(x=(1, 2), y=(7, 10), slope=3, intercept=1, lr="0.05"),
    Task(x=(1, 4), y=(5, 9), slope=2, intercept=0, lr="0.05"),
    Task(x=(4, 5), y=(10, 17), slope=3, intercept=-1, lr="0.2"),
    Task(x=(2, 4), y=(2, 5), slope=1, intercept=-1, lr="0.1"),
    Task(x=(1, 3), y=(3, 13), slope=3, intercept=1, lr="0.1"),
)

HAND_STEP = Exercise(
    name="hand_step",
    title="One step on paper",
    section=STEP,
    difficulty=1,
    minutes=8,
    signature="hand_step -> a number",
    reference=BOOK.reference,
    probes=(Probe("the new slope", 1.0, lambda rng: (), draws=1),),
    hints=BOOK.hints,
    right=BOOK.right,
    wrong=BOOK.wrong,
    variants=tuple(task.variant() for task in OTHERS),
)
