"""The limits as they are published: what each is about, beside the value that is enforced."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from playground.site.limits import LIMITS

# What a name and its unit do not say by themselves.
WORDS = {
    "rules_bytes": "rules text",
    "host_bytes": "host text",
    "paste_bytes": "a paste that is sorted",
    "packets_bytes": "packets text",
    "expect_bytes": "expectations",
    "title_characters": "a title",
    "description_characters": "a description",
    "tags_characters": "all tags of a page, with their commas",
    "name_characters": "the name of a member",
    "search_characters": "what a search asks for",
    "statements": "statements in the packets text",
    "steps": "steps of one run",
    "page_steps": "steps in a page that comes in one piece",
    "run_seconds": "one run",
    "read_seconds": "reading all texts of a run, of one core",
    "answer_seconds": "an answer that comes in one piece, of one core",
    "workers": "processes that work for this server",
    "worker_megabytes": "MB of memory that one job may take",
    "job_megabytes": "MB of memory that a process of a replay, a check or a batch may take",
    "waiting_a_client": "jobs of one network that wait for a process",
    "patience_seconds": "until a job that waits for a process is given up",
    "runs_at_once": "runs that this server works on at the same time",
    "send_seconds": "until a socket that does not read is closed",
    "busy_seconds": "until a busy database is given up",
    "database_connections": "connections of one process to PostgreSQL",
    "saves_a_minute": "links saved from one network",
    "walks_a_minute": "pages that walk a scenario, for one network",
    "api_calls_a_minute": "calls of the API from one network",
    "anonymous_days": "until a link that nobody owns goes (0: never)",
    "sessions_a_minute": "walks with others, begun from one network",
    "joins_a_minute": "walks with others, joined from one network",
    "together_members": "people in one walk with others",
    "together_hours": "until a walk with others is over",
    "together_beat_seconds": "between two looks of a page that follows",
    "together_messages_a_second": "messages of one page that follows",
    "together_message_bytes": "one message of a page that follows",
    "together_name_characters": "a name in a walk with others",
    "embed_steps": "steps in a frame on another site",
    "fragment_characters": "a link that stores nothing",
    "inflated_bytes": "what a link that stores nothing may unpack to",
    "collections_an_owner": "collections of one owner",
    "pages_a_collection": "pages of one collection, and scenarios of it",
    "page_bytes": "a page of a collection",
    "scenarios_a_page": "scenarios that one page shows",
    "page_seconds": "walking the scenarios of one page",
    "body_bytes": "any request",
    "zip_bytes": "a zip with a collection",
    "unzipped_bytes": "what that zip may unpack to",
    "zip_files": "files in that zip",
    "invite_days": "until an invitation is over",
    "invites_open": "invitations of one collection that are not used yet",
    "logins_a_minute": "logins tried from one network",
    "guesses_an_account": "logins tried at one account in a minute, from all networks",
    "accounts_a_minute": "accounts made from one network",
    "events_kept": "entries in the feed of a collection",
    "search_hits": "pages that a search finds",
    "searched_words": "words of one text that a search looks at",
    "markdown_characters": "Markdown that is shown",
    "reports_a_minute": "links reported from one network",
    "report_characters": "a report",
    "reports_open": "open reports of one link that are kept",
    "takedown_days": "until the texts of a link that was taken down are dropped",
    "links_listed": "links under My links",
    "pcap_bytes": "a capture file",
    "pcap_packets": "packets taken from a capture file",
    "matrix_cells": "cells of a matrix",
    "compared_lines": "lines of a text that is compared with another",
    "trace_lines_kept": "lines of a trace that are kept with its link",
    "advice_ms": "looking for advice",
    "causes_ms": "looking for causes and fixes",
}


@dataclass(frozen=True, slots=True)
class Published:
    """A limit by its name, and the environment variable that sets it."""

    name: str
    value: int

    @property
    def setting(self) -> str:
        return f"CHAINWALK_{self.name.upper()}"

    @property
    def amount(self) -> str:
        """The number as people read it: thousands apart."""
        return f"{self.value:,}"

    @property
    def words(self) -> str:
        return WORDS.get(self.name) or self.name.replace("_", " ")

    @property
    def unit(self) -> str:
        """The word of the name that says what is counted, where the sentence does not."""
        last = "ms" if self.name.endswith("_ms") else self.name.rpartition("_")[2]
        is_said = self.name not in WORDS or last in self.words
        units = ("bytes", "characters", "seconds", "ms", "hours", "days")
        return last if last in units and not is_said else ""


def published() -> list[Published]:
    """Every limit that is enforced, in the order of the settings."""
    return [Published(name, value) for name, value in asdict(LIMITS).items()]
