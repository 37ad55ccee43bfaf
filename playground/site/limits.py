"""Every limit in one place; each can be set by an environment variable of its name."""

from __future__ import annotations

import os
from dataclasses import dataclass


def _number(name: str, default: int) -> int:
    return int(os.environ.get(f"CHAINWALK_{name}", default))


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes, times in seconds."""

    rules_bytes: int = _number("RULES_BYTES", 4 * 1024 * 1024)
    host_bytes: int = _number("HOST_BYTES", 4 * 1024 * 1024)
    paste_bytes: int = _number("PASTE_BYTES", 4 * 1024 * 1024)
    packets_bytes: int = _number("PACKETS_BYTES", 64 * 1024)
    expect_bytes: int = _number("EXPECT_BYTES", 16 * 1024)
    title_characters: int = _number("TITLE_CHARACTERS", 200)
    description_characters: int = _number("DESCRIPTION_CHARACTERS", 20_000)
    tags_characters: int = _number("TAGS_CHARACTERS", 1_000)
    name_characters: int = _number("NAME_CHARACTERS", 60)
    search_characters: int = _number("SEARCH_CHARACTERS", 200)
    statements: int = _number("STATEMENTS", 64)
    steps: int = _number("STEPS", 100_000)
    page_steps: int = _number("PAGE_STEPS", 5_000)  # in a page that is rendered in one go
    run_seconds: int = _number("RUN_SECONDS", 20)
    read_seconds: int = _number("READ_SECONDS", 3)  # of one core, to read all texts of a run
    answer_seconds: int = _number("ANSWER_SECONDS", 3)  # of one core, for an answer in one go
    # Processes that work for the one that serves; 0: its threads do, without bounds of memory.
    workers: int = _number("WORKERS", min(16, (os.cpu_count() or 1) + 1))
    worker_megabytes: int = _number("WORKER_MEGABYTES", 300)  # each, beside what all of them share
    job_megabytes: int = _number("JOB_MEGABYTES", 1_000)  # a process of a replay, a check, a batch
    waiting_a_client: int = _number("WAITING_A_CLIENT", 200)  # jobs that wait for a process
    patience_seconds: int = _number("PATIENCE_SECONDS", 60)  # of a job that waits for a process
    runs_at_once: int = _number("RUNS_AT_ONCE", 8)  # where threads walk
    send_seconds: int = _number("SEND_SECONDS", 10)
    busy_seconds: int = _number("BUSY_SECONDS", 20)  # that a busy database is waited for
    database_connections: int = _number("DATABASE_CONNECTIONS", 20)  # of one process
    saves_a_minute: int = _number("SAVES_A_MINUTE", 20)
    walks_a_minute: int = _number("WALKS_A_MINUTE", 240)  # pages that walk a scenario
    api_calls_a_minute: int = _number("API_CALLS_A_MINUTE", 60)
    anonymous_days: int = _number("ANONYMOUS_DAYS", 0)  # 0: what nobody owns is kept, too
    sessions_a_minute: int = _number("SESSIONS_A_MINUTE", 10)  # walks with others, begun
    joins_a_minute: int = _number("JOINS_A_MINUTE", 120)  # a whole class sits behind one address
    together_members: int = _number("TOGETHER_MEMBERS", 50)
    together_hours: int = _number("TOGETHER_HOURS", 12)
    together_beat_seconds: int = _number("TOGETHER_BEAT_SECONDS", 5)
    together_messages_a_second: int = _number("TOGETHER_MESSAGES_A_SECOND", 20)
    together_name_characters: int = _number("TOGETHER_NAME_CHARACTERS", 30)
    embed_steps: int = _number("EMBED_STEPS", 300)
    fragment_characters: int = _number("FRAGMENT_CHARACTERS", 8_000)

    collections_an_owner: int = _number("COLLECTIONS_AN_OWNER", 100)
    pages_a_collection: int = _number("PAGES_A_COLLECTION", 500)
    page_bytes: int = _number("PAGE_BYTES", 200_000)
    scenarios_a_page: int = _number("SCENARIOS_A_PAGE", 20)
    page_seconds: int = _number("PAGE_SECONDS", 10)  # of walking its scenarios
    # Of any request; above the largest form or file, with what wraps it.
    body_bytes: int = _number("BODY_BYTES", 9 * 1024 * 1024)
    zip_bytes: int = _number("ZIP_BYTES", 8 * 1024 * 1024)
    unzipped_bytes: int = _number("UNZIPPED_BYTES", 32 * 1024 * 1024)
    invite_days: int = _number("INVITE_DAYS", 14)
    logins_a_minute: int = _number("LOGINS_A_MINUTE", 10)
    guesses_an_account: int = _number("GUESSES_AN_ACCOUNT", 20)  # in a minute, from anywhere
    accounts_a_minute: int = _number("ACCOUNTS_A_MINUTE", 10)
    invites_open: int = _number("INVITES_OPEN", 200)  # of one collection
    zip_files: int = _number("ZIP_FILES", 2_000)
    events_kept: int = _number("EVENTS_KEPT", 200)  # in the feed of one collection
    search_hits: int = _number("SEARCH_HITS", 50)
    searched_words: int = _number("SEARCHED_WORDS", 10_000)  # of one text
    markdown_characters: int = _number("MARKDOWN_CHARACTERS", 200_000)
    reports_a_minute: int = _number("REPORTS_A_MINUTE", 5)
    report_characters: int = _number("REPORT_CHARACTERS", 2_000)
    reports_open: int = _number("REPORTS_OPEN", 20)  # of one link; more are not kept
    takedown_days: int = _number("TAKEDOWN_DAYS", 30)  # in which it can be put back
    links_listed: int = _number("LINKS_LISTED", 500)  # under "My links"

    pcap_bytes: int = _number("PCAP_BYTES", 8 * 1024 * 1024)
    pcap_packets: int = _number("PCAP_PACKETS", 200)
    matrix_cells: int = _number("MATRIX_CELLS", 256)
    inflated_bytes: int = _number("INFLATED_BYTES", 4 * 1024 * 1024)  # behind a link's ``#``
    compared_lines: int = _number("COMPARED_LINES", 20_000)  # of one text beside another
    trace_lines_kept: int = _number("TRACE_LINES_KEPT", 2_000)
    together_message_bytes: int = _number("TOGETHER_MESSAGE_BYTES", 2_048)
    advice_ms: int = _number("ADVICE_MS", 1_500)
    causes_ms: int = _number("CAUSES_MS", 1_000)


LIMITS = Limits()
