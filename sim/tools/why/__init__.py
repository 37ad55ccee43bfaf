"""Why a packet ended as it did, and the change that mends it: verdict, symptoms, causes.

``explain`` gives one report for every packet of a run. A symptom is what went wrong for the
person who sent the packet; a cause is a change of one text after which a replay no longer shows
the symptom. Nothing is claimed that a replay did not show.
"""

from sim.tools.why.explain import MOST_TRIED, explain
from sim.tools.why.report import PacketReport, RootCause, Symptom

__all__ = ["MOST_TRIED", "PacketReport", "RootCause", "Symptom", "explain"]
