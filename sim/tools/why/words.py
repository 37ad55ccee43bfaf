"""A packet's report as text: the outcome first, then the cause, then the fix."""

from __future__ import annotations

from collections.abc import Iterator

from sim.tools.why.report import PacketReport, RootCause


def report_text(report: PacketReport) -> str:
    """A few lines that can be read alone; no line feed at the end of the last one's own."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: PacketReport) -> Iterator[str]:
    yield f"Packet {report.packet}: {report.text}"
    yield f"  {report.sentence}"
    decided = report.decided_by
    if decided is not None and decided.kind in ("rule", "policy"):
        rule = f": {decided.rule_text}" if decided.rule_text else ""
        yield f"  Decided by {decided.text}{rule}"
    for rewrite in report.rewrites:
        by = f" ({rewrite.by})" if rewrite.by else ""
        yield f"  {rewrite.text}{by}"
    if report.died_elsewhere:
        yield f"  {report.died_elsewhere}"
    if report.closest_miss is not None and report.symptoms:
        yield f"  {report.closest_miss}"
    for symptom in report.symptoms:
        yield f"  ! {symptom.text}"
        causes = [each for each in report.causes if each.symptom == symptom.name]
        for number, cause in enumerate(causes, 1):
            yield from _cause(number, cause)
        if not causes:
            cut = " in the time there was" if report.is_cut else ""
            yield f"    No single change found{cut}."


def _cause(number: int, cause: RootCause) -> Iterator[str]:
    yield f"    {number}. {cause.text} [{cause.name}]"
    if cause.fix is not None:
        opens = f" ({cause.opens})" if cause.opens else ""
        yield f"       Fix: {cause.fix.label}{opens}"
        for edit in cause.fix.edits:
            text = edit.text.strip() or f"(remove line {edit.span.line})"
            for line in text.split("\n"):
                yield f"         {edit.where}:{edit.span.line}: {line}"
    for sentence in cause.proof:
        yield f"       Proven: {sentence}"
