"""A fault at any step of any command leaves the tree as it was."""

import sys
from collections.abc import Callable, Sequence
from functools import partial
from itertools import count
from pathlib import Path

import pytest

from scaffold.apply import run
from scaffold.apply.gates import Gate, GateError, gates_for, prove
from scaffold.apply.plan import Plan
from scaffold.apply.run import Mode
from scaffold.apply.tree import Tree
from scaffold.plans.add import to_add
from scaffold.plans.blank import to_blank
from scaffold.plans.change import to_change
from scaffold.plans.remove import to_remove
from scaffold.spec.changes.field import FieldChange
from scaffold.spec.parse import parse_feature, parse_field
from workshop.generator.trees import snapshot

CUSTOMER = parse_feature("customer", ["name:str:unique:max=40", "rank:int:optional"])
PAID_AT = parse_field("paid_at:datetime:optional")
ADDITION = FieldChange(None, PAID_AT)


def adding(tree: Tree) -> Plan:
    return to_add(tree, CUSTOMER)


def removing(tree: Tree) -> Plan:
    return to_remove(tree, "customer", force=False)


def adding_a_field(tree: Tree) -> Plan:
    return to_change(tree, "customer", lambda _: ADDITION)


class Fault(BaseException):
    pass


def failing_at(step: int, function: Callable[..., None], *, before: bool) -> Callable[..., None]:
    steps = count()

    def wrapper(*arguments: object) -> None:
        is_reached = next(steps) == step
        if is_reached and before:
            raise Fault
        function(*arguments)
        if is_reached:
            raise Fault

    return wrapper


@pytest.mark.usefixtures("unproven")
@pytest.mark.parametrize("make_plan", [adding, removing, adding_a_field])
def test_fault_at_any_write_is_taken_back(
    root: Path, monkeypatch: pytest.MonkeyPatch, make_plan: Callable[[Tree], Plan]
) -> None:
    if make_plan is not adding:
        run.run(root, adding, Mode(), "")
    before = snapshot(root)
    plan = make_plan(Tree(root))
    writes = sum(text is not None for text in plan.values())
    assert len(plan) >= 3

    for name, steps in {"write": writes, "delete": len(plan) - writes}.items():
        for step in range(steps):
            for is_before in (True, False):
                with monkeypatch.context() as patch:
                    failing = failing_at(step, getattr(Tree, name), before=is_before)
                    patch.setattr(Tree, name, failing)
                    with pytest.raises(Fault):
                        run.run(root, lambda _: plan, Mode(), "")
                assert snapshot(root) == before


@pytest.mark.parametrize("make_plan", [adding, removing, adding_a_field])
def test_failure_of_any_gate_is_taken_back_and_shown(
    root: Path, monkeypatch: pytest.MonkeyPatch, make_plan: Callable[[Tree], Plan]
) -> None:
    if make_plan is not adding:
        with monkeypatch.context() as patch:
            patch.setattr(run, "prove", lambda *_: {})
            run.run(root, adding, Mode(), "")
    before = snapshot(root)
    plan = make_plan(Tree(root))
    gates = gates_for([path for path in plan if path.endswith(".py")], postgres=True)
    assert len(gates) >= 5

    for failing in gates:
        with monkeypatch.context() as patch:
            faked = [
                Gate(
                    each.name,
                    [sys.executable, "-m", "scaffold.no_such" if each is failing else "this"],
                )
                for each in gates
            ]
            patch.setattr(run, "gates_for", lambda *_, faked=faked, **__: faked)
            with pytest.raises(GateError, match="No module named scaffold.no_such") as failure:
                run.run(root, lambda _: plan, Mode(), "")
        assert str(failure.value).startswith(f"{failing.name} failed")
        assert snapshot(root) == before


def test_blank_that_fails_brings_back_files_and_folders(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        assert not (root / "workshop").exists()
        raise Fault

    monkeypatch.setattr(run, "prove", fail)
    before = snapshot(root)

    with pytest.raises(Fault):
        run.run(root, partial(to_blank, force=False), Mode(), "")

    assert snapshot(root) == before


@pytest.mark.usefixtures("unproven")
def test_fault_that_is_older_than_the_change_does_not_stop_it(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The gate tells one fault in each tree, and another one that the change has brought."""
    script = (
        "from pathlib import Path\n"
        "new = Path('src/models/customer.py').exists()\n"
        "print(f'src/old.py:{7 if new else 3}: error: untyped')\n"
        "if new and Path('strict').exists(): print('src/models/customer.py:1: error: untyped')\n"
        "raise SystemExit(1)"
    )
    gate = Gate("types", [sys.executable, "-c", script])

    def gates(*_: object) -> Sequence[Gate]:
        prove(root, [gate])
        return []

    run.run(root, adding, Mode(), "", gates)

    assert "types failed before this change, too" in capsys.readouterr().err
    run.run(root, removing, Mode(), "")
    (root / "strict").touch()
    with pytest.raises(GateError, match="customer"):
        run.run(root, adding, Mode(), "", gates)
