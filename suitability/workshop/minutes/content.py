"""The minutes of a session: first what they say, as plain headings, paragraphs and tables; then as HTML or PDF.

Everything here is text; what makes it a page (``minutes_html``, ``minutes_pdf``) never takes it for anything else.
A public version has parties instead of names, and leaves out sites that may not be known to everyone yet.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from suitability.core.messages import long_date, message
from suitability.workshop.events import (
    ERASED,
    Commented,
    LockChanged,
    SessionClosed,
    StageChanged,
    WeightSet,
    WordsErased,
)
from suitability.workshop.minutes.blocks import Heading, Paragraph, Points, Table
from suitability.workshop.minutes.votes import site_block, weight_block
from suitability.workshop.spreadsheet.layout import Subject, rules_of, sites_of
from suitability.workshop.stages import checklist_of, may_publish, stage_of
from suitability.workshop.state import State, pseudonymised
from suitability.workshop.votes import tally_site, tally_weight
from suitability.workshop.wording import act_text, local_time, stage_text

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from suitability.core.messages import Lang
    from suitability.workshop.events import Recorded
    from suitability.workshop.minutes.blocks import Block


@dataclass(frozen=True)
class Minutes:
    """Content of the minutes. ``subtitle``: place and date; ``footer``: printed on every page."""

    title: str
    subtitle: str
    footer: str
    lang: Lang
    blocks: tuple[Block, ...]
    is_public: bool
    up_to: int


def make_minutes(state: State, subject: Subject, lang: Lang, now: datetime, *, public: bool) -> Minutes:
    """Return the minutes of a session as it is now. ``public``: for outside, see above."""
    opened, act = state.opened
    writer = _Writer(pseudonymised(state) if public else state, subject, lang, now, public)
    blocks = (
        *writer.present(), *writer.policy(), *writer.weights(), *writer.votes(), *writer.locks(), *writer.stages(),
        *writer.remarks(), *writer.open_points(), *writer.provenance(),
    )  # fmt: skip
    place = ", ".join(part for part in (act.area, local_time(opened.at, lang)) if part)
    footer = message("minutes.footer_public" if public else "minutes.footer", lang, title=act.title)
    return Minutes(message("minutes.title", lang, title=act.title), place, footer, lang, blocks, public, state.sequence)


class _Writer:
    """Writes the sections of one set of minutes."""

    def __init__(self, state: State, subject: Subject, lang: Lang, now: datetime, public: bool) -> None:  # noqa: FBT001
        self.state, self.subject, self.lang, self.now, self.public = state, subject, lang, now, public
        every = [site for site in sites_of(state, subject) if site in state.sites]
        self.sites = [site for site in every if not public or self._is_released(site)]
        self.n_left_out = len(every) - len(self.sites)

    def _is_released(self, site: str) -> bool:
        return self.subject.process is not None and may_publish(self.subject.process, self.state, site)

    def _say(self, key: str, **fields: object) -> str:
        return message(f"minutes.{key}", self.lang, **fields)

    def _head(self, key: str) -> Heading:
        return Heading(self._say(key))

    def _none(self, key: str) -> Paragraph:
        """Say that there is nothing; of sites that are left out, nothing is said at all."""
        return Paragraph(self._say("none_public" if self.n_left_out else f"no_{key}"))

    def _columns(self, *keys: str) -> tuple[str, ...]:
        return tuple(self._say(f"column_{key}") for key in keys)

    def _called(self, who: UUID) -> str:
        person = self.state.participants[who]
        return person.party if self.public else person.called()

    def _site(self, site: str) -> str:
        label = self.subject.sites.get(site, "")
        return f"{label} ({site})" if label and label != site else site

    def _rule(self, rule: str) -> str:
        return self.subject.rules.get(rule) or rule

    def present(self) -> list[Block]:
        """Yield the participants: names and parties, or numbers per party."""
        people = self.state.participants.values()
        if self.public:
            counts = Counter(person.party for person in people)
            rows = tuple((party, str(n)) for party, n in sorted(counts.items()))
            return [self._head("present"), Table(self._columns("party", "number"), rows, (3, 1))]
        roles = {role: self._say(f"role_{role}") for role in ("chair", "participant")}
        rows3 = tuple((p.name or self._say("no_name"), p.party, roles[p.role]) for p in people)
        return [self._head("present"), Table(self._columns("name", "party", "role"), rows3, (3, 3, 2))]

    def policy(self) -> list[Block]:
        """Yield the subject: policy, area and data with their dates."""
        _, act = self.state.opened
        started = local_time(act.scan.started, self.lang) if act.scan.started else ""
        facts = {
            "policy": act.policy_id, "policy_hash": act.policy_sha256, "area": act.area, "source": act.source,
            "code": act.scan.code, "scanned": started,
        }  # fmt: skip
        rows = tuple((self._say(f"fact_{key}"), value or self._say("not_recorded")) for key, value in facts.items())
        data = tuple((d.layer, d.source, long_date(d.reference_date, self.lang), d.sha256[:12]) for d in act.scan.data)
        blocks: list[Block] = [self._head("policy"), Table((), rows, (1, 3))]
        return (
            [*blocks, Table(self._columns("layer", "source", "date", "hash"), data, (2, 4, 2, 2))] if data else blocks
        )

    def weights(self) -> list[Block]:
        """The weights agreed on, and the votes with their disagreement."""
        rules = [rule for rule in rules_of(self.state, self.subject) if rule in self.state.rules]
        rules = [rule for rule in rules if self.state.weights(rule) or self.state.newest(WeightSet, rule)]
        if not rules:
            return [self._head("weights"), Paragraph(self._say("no_weights"))]
        table = weight_block(self.state, [(rule, self._rule(rule)) for rule in rules], self.lang)
        changes = self.state.logged(WeightSet)
        rows = tuple(
            (self._rule(a.rule), act_text(a.model_copy(update={"reason": ""}), self.lang), a.reason, *self._by(r))
            for r, a in changes
        )
        note = Paragraph(self._say("weights_note"))
        blocks: list[Block] = [self._head("weights"), table, note]
        columns = self._columns("rule", "agreed", "reason", "who", "when")
        return [*blocks, Table(columns, rows, (3, 2, 4, 2, 2))] if rows else blocks

    def votes(self) -> list[Block]:
        """The votes on each site, and the reasons people gave."""
        sites = [site for site in self.sites if self.state.votes(site)]
        blocks: list[Block] = [self._head("votes")]
        if self.n_left_out:
            blocks.append(Paragraph(self._say("left_out", count=self.n_left_out)))
        if not sites:
            return [*blocks, self._none("votes")]
        blocks.append(site_block(self.state, [(site, self._site(site)) for site in sites], self.lang))
        rows = tuple(
            (self._site(site), message(f"workshop.choice_{vote.choice}", self.lang), vote.reason, self._called(who))
            for site in sites
            for who, vote in self.state.votes(site).items()
            if vote.reason
        )
        return [*blocks, Table(self._columns("site", "vote", "reason", "who"), rows, (3, 1, 5, 2))] if rows else blocks

    def locks(self) -> list[Block]:
        """Every time a site was kept in or out, with the reason."""
        logged = [(r, act) for r, act in self.state.logged(LockChanged) if act.site in self.sites]
        if not logged:
            return [self._head("locks"), self._none("locks")]
        rows = tuple(
            (self._site(a.site), message(f"workshop.lock_{a.lock}", self.lang), a.reason, *self._by(r))
            for r, a in logged
        )
        return [
            self._head("locks"),
            Table(self._columns("site", "lock", "reason", "who", "when"), rows, (3, 2, 4, 2, 2)),
        ]

    def stages(self) -> list[Block]:
        """Every stage a site entered, and the checklists of where they are now."""
        logged = [(r, act) for r, act in self.state.logged(StageChanged) if act.site in self.sites]
        if not logged:
            return [self._head("stages"), self._none("stages")]
        rows = tuple(
            (
                self._site(a.site), stage_text(a.stage, self.lang, self.subject.process), a.reason,
                self._called(r.event.by), local_time(a.when or r.at, self.lang),
            )
            for r, a in logged
        )  # fmt: skip
        table = Table(self._columns("site", "stage", "reason", "who", "when"), rows, (3, 2, 4, 2, 2))
        return [self._head("stages"), table, *self._checklists()]

    def _checklists(self) -> list[Block]:
        blocks: list[Block] = []
        for site in self.sites:
            process = self.subject.process
            checklist = checklist_of(process, self.state, site, self.now) if process else None
            if process is None or checklist is None:
                continue
            stage = stage_text(stage_of(self.state, site) or "", self.lang, process)
            deadline = local_time(checklist.deadline, self.lang)
            blocks.append(Paragraph(self._say("checklist", site=self._site(site), stage=stage, deadline=deadline)))
            rows = tuple(
                (
                    step.label.in_(self.lang),
                    local_time(step.at, self.lang) if step.at else self._say("step_open"),
                    ", ".join(
                        self._say(k)
                        for k, is_so in (("late", step.is_late), ("out_of_order", step.is_out_of_order))
                        if is_so
                    ),
                )
                for step in checklist.steps
            )
            blocks.append(Table(self._columns("step", "when", "remark"), rows, (4, 2, 2)))
        return blocks

    def remarks(self) -> list[Block]:
        """Yield the remarks."""
        logged = [(r, a) for r, a in self.state.logged(Commented) if a.topic != "site" or a.subject in self.sites]
        if not logged:
            return [self._head("remarks"), Paragraph(self._say("no_remarks"))]
        rows = tuple((self._topic(a), a.text, self._called(r.whose), local_time(r.at, self.lang)) for r, a in logged)
        return [self._head("remarks"), Table(self._columns("about", "text", "who", "when"), rows, (3, 5, 2, 2))]

    def _topic(self, act: Commented) -> str:
        words = {"site": self._site(act.subject), "rule": self._rule(act.subject), "session": self._say("session")}
        return words[act.topic]

    def open_points(self) -> list[Block]:
        """Yield the open points: votes without a decision, split votes, steps that are open or late."""
        points = [
            self._say("open_weight", rule=self._rule(rule))
            for rule in self.state.rules
            if self.state.weights(rule) and not self.state.newest(WeightSet, rule)
        ]
        points += [
            self._say("open_rule_split", rule=self._rule(r))
            for r in self.state.rules
            if tally_weight(self.state, r).is_split
        ]
        for site in self.sites:
            tally, name = tally_site(self.state, site), self._site(site)
            if tally.is_split or tally.is_between_parties:
                points.append(self._say("open_site_split", site=name))
            if tally.n and stage_of(self.state, site) is None and self.state.newest(LockChanged, site) is None:
                points.append(self._say("open_site", site=name))
            checklist = checklist_of(self.subject.process, self.state, site, self.now) if self.subject.process else None
            for step in checklist.steps if checklist else ():
                if step.at is None:
                    key = "open_step_late" if step.is_late else "open_step"
                    points.append(self._say(key, site=name, step=step.label.in_(self.lang)))
        return [self._head("open_points"), Points(tuple(points)) if points else Paragraph(self._say("no_open_points"))]

    def provenance(self) -> list[Block]:
        """Yield the origin of these minutes."""
        closed = self.state.logged(SessionClosed)
        parts = [self._say("made_of", count=self.state.sequence, at=local_time(self.now, self.lang))]
        if closed:
            record, act = closed[-1]
            parts.append(
                self._say("closed", at=local_time(record.at, self.lang)) + (f" {act.reason}" if act.reason else "")
            )
        else:
            parts.append(self._say("still_open"))
        erased = {event for _, act in self.state.logged(WordsErased) for event in act.events}
        if erased:
            parts.append(self._say("erased", count=len(erased), mark=ERASED))
        if self.public:
            parts.append(self._say("public_note", mark=ERASED))
        return [self._head("provenance"), *(Paragraph(part) for part in parts)]

    def _by(self, record: Recorded) -> tuple[str, str]:
        return self._called(record.event.by), local_time(record.at, self.lang)
