"""Console output of a scan: funnel, counts, missing and assumed data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from suitability.cli.options import console
from suitability.core.layer import kinds_text
from suitability.core.messages import message, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from suitability.core.messages import Lang
    from suitability.partitions.run import PartitionedScan
    from suitability.policy.model import Policy
    from suitability.scan.longlist import Counts, FunnelStep, Longlist
    from suitability.scan.run import Scan
    from suitability.scan.run_record import RunRecord


def show_scan(result: Scan, longlist: Longlist, lang: Lang) -> None:
    """Show what a scan found."""
    _show_counts(result.policy, result.area.name, longlist, lang)
    screen = console()
    _show_kinds(result.run, lang)
    _show_missing(result.run, lang)
    from suitability.report.wording.rules import stale_text  # noqa: PLC0415

    stale = stale_text(result.run, lang)
    if stale:
        screen.print(stale, highlight=False)
    invented = [name for name, layer in result.layers.items() if layer.presumes]
    if invented:
        names = ", ".join(message(f"layer.{name}", lang) for name in sorted(invented))
        screen.print(message("cli.assumed", lang, layers=names), highlight=False)


def show_partitions(policy: Policy, whole: PartitionedScan, lang: Lang) -> None:
    """Show what a scan in pieces found."""
    _show_counts(policy, whole.run.area, whole, lang)
    _show_missing(whole.run, lang)
    told = {"n": number(whole.pieces, lang), "kept": number(whole.kept, lang)}
    console().print(message("cli.pieces", lang, **told), highlight=False)


def _show_counts(policy: Policy, area: str, found: Counts, lang: Lang) -> None:
    screen, start = console(), found.start
    screen.print(_funnel_table(policy, found.funnel, start, lang), soft_wrap=False)
    title, n = policy.title.in_(lang), number(start, lang)
    screen.print(message("cli.scanning", lang, n=n, area=area, policy=title), highlight=False)
    counts = {"n_pass": found.n_pass, "n_restricted": found.n_restricted, "n_unknown": found.n_unknown,
              "n_fail": start - found.n_kept, "n_near_miss": found.n_near_miss}  # fmt: skip
    screen.print(message("cli.result", lang, **{k: number(v, lang) for k, v in counts.items()}), highlight=False)
    if not policy.deciding_rules:
        screen.print(message("explain.excludes_nothing", lang), highlight=False)
    if not found.n_kept:
        screen.print(_empty_text(policy, found.tightest, lang), highlight=False)


def _show_kinds(run: RunRecord, lang: Lang) -> None:
    """Show of each layer of several sources which kinds come from which."""
    for name, origin in sorted(run.layers.items()):
        if origin.kinds:
            parts = kinds_text(origin.kinds, lang)
            said = message("cli.kinds", lang, layer=message(f"layer.{name}", lang), parts=parts)
            console().print(said, highlight=False, markup=False)


def _show_missing(run: RunRecord, lang: Lang) -> None:
    from suitability.report.wording.rules import missing_names  # noqa: PLC0415

    for name in missing_names(run, lang):
        console().print(message("cli.missing_layer", lang, layer=name), highlight=False, markup=False)


def _empty_text(policy: Policy, tightest: FunnelStep | None, lang: Lang) -> str:
    if tightest is None:
        return message("cli.empty_no_rule", lang)
    label = next(rule.label.in_(lang) for rule in policy.rules if rule.id == tightest.rule_id)
    return message("cli.empty", lang, rule=label, n=number(tightest.only_this, lang))


def _funnel_table(policy: Policy, funnel: Sequence[FunnelStep], start: int, lang: Lang) -> Table:
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table(title=message("funnel.title", lang), title_justify="left", box=SIMPLE_HEAD, padding=0)
    table.add_column(message("funnel.rule", lang), overflow="fold")
    for key in ("in_turn", "remaining", "alone", "only_this", "to_look_at"):
        table.add_column(message(f"funnel.{key}", lang), justify="right", min_width=9, max_width=9)
    table.add_row(message("funnel.start", lang), "", number(start, lang), "", "", "")
    labels = {rule.id: rule.label.in_(lang) for rule in policy.rules}
    for step in funnel:
        counts = (step.in_turn, step.remaining, step.alone, step.only_this, step.to_look_at)
        table.add_row(labels[step.rule_id], *(number(count, lang) for count in counts))
    return table
