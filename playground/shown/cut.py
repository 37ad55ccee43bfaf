"""What a run that a limit ended leaves untold."""

from __future__ import annotations

from collections.abc import Collection

from sim.model.scenario import Compiled
from sim.packet.script import Event, TypedCommand, Wait


def cut_short(reason: str, compiled: Compiled, line: int, ended: Collection[int]) -> str:
    """The limit, then the packet that came to no end and the ones behind it, in sentences.

    ``line``: the statement that was walked last, 0: none was; ``ended``: those with a headline.
    """
    said = [f"{reason[:1].upper()}{reason[1:]}"]
    last = next((one for one in compiled.script if one.line == line), None)
    if last is not None:
        if line not in ended and not isinstance(last, (Wait, Event, TypedCommand)):
            said.append(f"Packet {line} came to no end")
        behind = [one.line for one in compiled.script if one.line > line]
        if behind:
            first, final = behind[0], behind[-1]
            said.append(
                f"Packet {first} was not walked"
                if first == final
                else f"Packets {first}–{final} were not walked"
            )
    return ". ".join(said)
