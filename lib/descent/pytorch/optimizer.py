"""Any rule of the book as a torch.optim.Optimizer."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import torch
from torch import Tensor

from descent.inputs import number, unknown
from descent.methods import RULES, Rule, at_theta, checked
from descent.pytorch.kernel import working_dtype
from descent.pytorch.row import Layout

EXECUTORS = ("eager", "compile")


class Optimizer(torch.optim.Optimizer):
    """A rule of `descent.methods` as a torch.optim.Optimizer.

    Every parameter theta takes the rule's step, with a state and a step number t of its own:

        (theta, state) <- rule(theta, theta.grad, state, t, lr=..., **hyper),    t = 1, 2, ...

    params: tensors, (name, tensor) pairs, or groups, as in torch.optim. A group is a dict with
        "params" and the hyper-parameters in which it differs, for example
        {"params": biases, "weight_decay": 0.0}.
    rule: such as `descent.methods.adam`.
    lr: the learning rate, >= 0. Default: the rule's; where it has none, every group must name one.
    executor: "eager" (default) steps one tensor at a time, as the rule is written. "compile" steps
        all tensors with one kernel that TorchInductor makes of the rule.
    hyper: the rule's other hyper-parameters, under its names, within its ranges, with its defaults.

    What torch.optim promises holds: groups added later, learning-rate schedulers, GradScaler,
    `zero_grad`, hooks, deepcopy, pickle, and a `state_dict` that torch.load reads back with
    weights_only=True. In particular:

    - A parameter whose gradient is None is left alone, and its state and t wait.
    - Gradients are read, never written. Values are written into the parameters' own memory, so
      views, shared parameters and memory formats stay.
    - `state[p]` holds t under "step", as an int, and the memory under the rule's names. It follows
      a parameter that is moved or cast. A step replaces these tensors and never writes into them:
      an earlier `state_dict` stays as it was.
    - Half-precision parameters are updated in float32, with float32 state, and rounded at the end.
    - `step` never waits for a device: t and the hyper-parameters are Python numbers.

    Some rules (nesterov_lookahead) want the gradient at a query point, not at theta. `step` then
    needs a closure. It is called once, while the parameters stand at their query points; the loss
    that it returns is the loss there. Before and after a step the parameters are theta.

    The executors agree within the last digits of the working precision, and exchange their
    state_dicts. What "compile" does otherwise:

    - The first step compiles (seconds, once for each rule, dtype and kind of device; kept on disk).
      Nothing is compiled again when lr, t or any hyper-parameter changes. Where nothing can be
      compiled, one warning comes, and steps are eager; so they always are for rules that are not
      element-wise, for views that leave gaps, for tensors without elements, and for tensors that
      share memory with one another.
    - On a CPU one call steps all of a group's tensors, where they are. On other devices each tensor
      from 2^20 numbers is a call of its own, and the smaller ones that fill their storages move, at
      the group's first step, into one row of memory (`data_ptr` changes once), beside which a copy
      of their gradients is gathered. What shared memory with them, such as `p.detach()`, no longer
      follows. A tensor inside a larger or shared storage stays where it is.
    - Steps write into the tensors of `state[p]`. Tensors that are put there instead are copied at
      the next step; `state_dict` holds copies.

    Schedulers that also cycle the momentum look for torch's names; give them cycle_momentum=False.

    Raises TypeError for what is not a rule and for unknown hyper-parameters; ValueError for an
    unknown executor, a number outside its range, a group without lr, and the state_dict of another
    rule or model; in
    `step` TypeError for a missing closure and RuntimeError for sparse or complex tensors; besides,
    what torch.optim.Optimizer raises.
    """

    def __init__(
        self,
        params: Any,
        rule: Rule,
        lr: float | None = None,
        *,
        executor: str = "eager",
        **hyper: float,
    ) -> None:
        if not hasattr(rule, "state_names"):
            raise TypeError(
                f"rule must be a rule of descent.RULES, such as RULES['adam'], got {rule!r}"
            )
        if executor not in EXECUTORS:
            raise ValueError(unknown("executor", executor, EXECUTORS))
        self.rule, self.executor = rule, executor
        self._layouts: dict[int, Layout] = {}
        given = self._checked(hyper if lr is None else {"lr": lr, **hyper})
        super().__init__(params, {"rule": rule.__name__, **rule.defaults, **given})

    def _checked(self, hyper: dict[str, Any]) -> dict[str, float]:
        """`hyper`, which may include lr, as floats within their ranges."""
        others = {name: value for name, value in hyper.items() if name != "lr"}
        lr = {"lr": number("lr", hyper["lr"], at_least=0)} if "lr" in hyper else {}
        return lr | checked(self.rule, others)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Adds a group: a dict with "params" and the hyper-parameters in which it differs.

        Other keys are kept, as in torch, unless they name a hyper-parameter that only other rules
        have: TypeError. Raises as the constructor does.
        """
        if isinstance(param_group, dict):
            group = self.defaults | param_group
            if group["rule"] != self.rule.__name__:
                raise ValueError(f"rule must be {self.rule.__name__!r}, got {group['rule']!r}")
            if "lr" not in group:
                raise ValueError(
                    f"lr is missing: {self.rule.__name__} has no default, so give one to the "
                    "optimizer or to each parameter group"
                )
            names = {name for rule in (self.rule, *RULES.values()) for name in rule.hyper_names}
            param_group.update(self._checked({k: v for k, v in group.items() if k in names}))
        super().add_param_group(param_group)

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Moves every parameter that has a gradient one step; returns the closure's loss, or None.

        closure: clears the gradients, computes the loss, calls backward, returns the loss. Optional,
            except for rules that want the gradient elsewhere than at theta (TypeError without it).
        """
        elsewhere = self.rule.query is not at_theta
        loss = None
        if closure is not None:
            with self._at_query() if elsewhere else nullcontext(), torch.enable_grad():
                loss = closure()
        elif elsewhere:
            raise TypeError(
                f"{self.rule.__name__} wants the gradient at a query point that only step knows: "
                "call step(closure) with a function that clears the gradients, computes the loss, "
                "calls backward and returns the loss"
            )
        if self.executor == "compile" and self.rule.elementwise:
            self._step_rows()
        else:
            for parameter, hyper in self._parameters():
                self._update(parameter, hyper)
        return loss

    def _step_rows(self) -> None:
        """The compile executor: kernels where they can step parameters, `_update` for the rest."""
        layouts = self._layouts
        for index, group in enumerate(self.param_groups):
            layout = layouts.get(index)
            if not layout or not layout.holds(group["params"], self.state):
                layouts[index] = Layout(group["params"], self.rule, self.state)
        # what several parameters share has been copied; the rest, which copy now, go first
        for index, group in enumerate(self.param_groups):
            hyper = {name: group[name] for name in self.rule.hyper_names}
            for parameter in layouts[index].rest:
                self._update(parameter, hyper)
            for members in layouts[index].members:
                for parameter in members.step(self.state, hyper):
                    self._update(parameter, hyper)

    def _parameters(self) -> Iterator[tuple[Tensor, dict[str, float]]]:
        """Every parameter with the hyper-parameters of its group."""
        for group in self.param_groups:
            hyper = {name: group[name] for name in self.rule.hyper_names}
            for parameter in group["params"]:
                yield parameter, hyper

    def _before(self, parameter: Tensor, hyper: dict[str, float]) -> tuple[Tensor, tuple, int]:
        """What the rule is given besides the gradient: theta, the state, and the number t."""
        theta = parameter.to(working_dtype(parameter.dtype))
        kept = self.state.get(parameter)
        if not kept:
            return theta, self.rule.init(theta, **hyper), 1
        state = tuple(kept[name].to(theta.device, theta.dtype) for name in self.rule.state_names)
        return theta, state, kept["step"] + 1

    def _update(self, parameter: Tensor, hyper: dict[str, float]) -> None:
        """One step of one parameter: the eager executor, which says what a step means."""
        grad = parameter.grad
        if grad is None:
            return
        if grad.is_sparse or grad.is_complex():
            raise RuntimeError(
                f"{self.rule.__name__} does not support sparse or complex gradients, "
                f"got layout {grad.layout} and dtype {grad.dtype}"
            )
        theta, state, t = self._before(parameter, hyper)
        grad = grad.to(theta.dtype)
        new, state = self.rule(theta, grad, state, t, **hyper)
        # a state may be theta or the gradient itself: they will change, the state must not
        state = (part.clone() if part is theta or part is grad else part for part in state)
        self.state[parameter] = {
            "step": t,
            **dict(zip(self.rule.state_names, state, strict=True)),
        }
        parameter.copy_(new)

    @contextmanager
    def _at_query(self) -> Iterator[None]:
        """Inside, the parameters stand where the rule wants the gradient; outside, at theta."""
        thetas, queries = {}, {}
        for parameter, hyper in self._parameters():
            thetas[parameter] = parameter.clone()
            queries[parameter] = self.rule.query(*self._before(parameter, hyper), **hyper)
        try:
            for parameter, query in queries.items():
                parameter.copy_(query)
            yield
        finally:
            for parameter, theta in thetas.items():
                parameter.copy_(theta)

    def state_dict(self) -> dict[str, Any]:
        """The state and the groups, for `load_state_dict` of either executor, as in torch."""
        result = super().state_dict()
        if self.executor == "compile":  # whose steps write into the state
            copies = {
                key: {k: v.clone() if isinstance(v, Tensor) else v for k, v in kept.items()}
                for key, kept in result["state"].items()
            }
            result = {**result, "state": copies}
        return result

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continues from what `state_dict` returned, here or in another process.

        The state comes as a copy, on each parameter's device and in its working precision.
        Raises ValueError where `state_dict` belongs to another rule or to parameters of other
        numbers or shapes, and then changes nothing.
        """
        arrived: dict[Tensor, dict[str, Any]] = {}

        def examine(_: torch.optim.Optimizer, final: dict[str, Any]) -> None:
            for group in final["param_groups"]:
                if group.get("rule") != self.rule.__name__:
                    raise ValueError(
                        f"state_dict must come from the rule {self.rule.__name__!r}, "
                        f"got one from {group.get('rule')!r}"
                    )
            keys = [key for group in final["param_groups"] for key in group["params"]]
            for key, (parameter, hyper) in zip(keys, self._parameters(), strict=False):
                if key in final["state"]:
                    arrived[parameter] = self._arrived(key, final["state"][key], parameter, hyper)

        # torch rounds what it loads to the parameter's dtype, so the state goes past it: between
        # the user's hooks that may still rewrite the state_dict and those that see the result
        hooks = (
            self.register_load_state_dict_pre_hook(examine),
            self.register_load_state_dict_post_hook(
                lambda _: self.state.update(arrived), prepend=True
            ),
        )
        try:
            super().load_state_dict(state_dict)
        finally:
            for hook in hooks:
                hook.remove()

    def _arrived(
        self, key: int, kept: dict[str, Any], parameter: Tensor, hyper: dict[str, float]
    ) -> dict[str, Any]:
        """The state of one parameter out of a state_dict, copied to where it is needed."""
        dtype = working_dtype(parameter.dtype)
        start = self.rule.init(torch.empty_like(parameter, device="meta"), **hyper)
        memory = {}
        for name, expected in zip(self.rule.state_names, start, strict=True):
            if kept[name].shape != expected.shape:
                raise ValueError(
                    f"state_dict holds {name} of shape {tuple(kept[name].shape)} for parameter "
                    f"{key}, expected {tuple(expected.shape)}"
                )
            memory[name] = kept[name].to(parameter.device, dtype, copy=True)
        return {"step": kept["step"], **memory}

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "rule": self.rule, "executor": self.executor}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._layouts = {}
