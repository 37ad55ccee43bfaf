"""The places that a scenario is embedded in, as pages: their sandboxes, policies and limits.

As listed in the project's design notes: what each host accepts, with its real sandbox flags and
content policies. ``{frame}`` and the like are filled in with addresses of the site under test.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Host:
    """``policy``: the host's Content-Security-Policy header, or none."""

    name: str
    body: str
    policy: str = ""
    shows_frame: bool = True


_OUTLINE = (
    "allow-same-origin allow-scripts allow-popups allow-forms allow-downloads "
    "allow-storage-access-by-user-activation"
)

HOSTS = (
    Host("outline", f'<iframe sandbox="{_OUTLINE}" src="{{frame}}" width="700" height="420">'
         "</iframe>", "frame-src *"),
    Host("bookstack", '<iframe src="{frame}" width="100%" height="480" loading="lazy"></iframe>',
         "frame-src https://*.draw.io https://www.youtube.com {site}; script-src 'none'"),
    Host("mediawiki", '<div class="mw-widget"><iframe src="{frame}" width="100%" height="480" '
         'style="border:0"></iframe></div>', "script-src 'self'; object-src 'none'"),
    Host("notion", '<iframe sandbox="allow-scripts allow-popups allow-top-navigation-by-user-'
         'activation allow-forms allow-same-origin" src="{frame}" width="640" height="400">'
         "</iframe>"),
    Host("confluence", '<iframe src="{frame}" width="100%" height="480"></iframe>',
         "frame-src 'self' {site}"),
    Host("gitbook", '<iframe sandbox="allow-scripts" src="{frame}" width="100%" height="450">'
         "</iframe>"),  # an opaque origin
    Host("obsidian", '<iframe sandbox="" src="{frame}" width="100%" height="480"></iframe>'),
    Host("docusaurus", '<iframe src="{frame}" width="100%" height="480" title="x"></iframe>'
         '<script async src="{site}/embed.js" data-id="{pk}"></script>'),
    Host("github", '<a href="{link}"><picture><source media="(prefers-color-scheme: dark)" '
         'srcset="{link}.svg?theme=dark"><img src="{link}.svg" alt="{words}"></picture></a>',
         "default-src 'none'; img-src {site}", shows_frame=False),
)  # fmt: skip
