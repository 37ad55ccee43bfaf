"""What to paste where: one snippet for each place that people write in."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from playground.embedding.options import Options


@dataclass(frozen=True, slots=True)
class Snippet:
    """``note`` says what the place needs besides, or why it gets a picture and no frame."""

    name: str
    text: str
    note: str = ""

    @property
    def rows(self) -> int:
        """How many lines the field that shows it wants."""
        return self.text.count("\n") + 2


def snippets(site: str, path: str, title: str, words: str, options: Options) -> tuple[Snippet, ...]:
    """For a link ``site/s/path``. ``words``: the picture's text alternative."""
    link = f"{site}/s/{path}"
    frame = f"{site}/e/{path}{options.query}"
    height, name = options.height, escape(title)
    iframe = (
        f'<iframe src="{escape(frame)}" width="100%" height="{height}" title="{name}" '
        'loading="lazy" style="border:0"></iframe>'
    )
    alternative = escape(words.replace("\n", " "))
    picture = (
        f'<a href="{link}"><picture>\n'
        f'  <source media="(prefers-color-scheme: dark)" srcset="{link}.svg?theme=dark">\n'
        f'  <img src="{link}.svg" alt="{alternative}">\n'
        "</picture></a>"
    )
    plain = words.replace("[", "(").replace("]", ")").replace("\n", " ")
    markdown = f"[![{plain}]({link}.svg)]({link})"
    theme = f' data-theme="{options.theme}"' if options.theme != "auto" else ""
    step = f' data-step="{options.step}"' if options.step else ""
    script = f'<script async src="{site}/embed.js" data-id="{path}"{theme}{step}></script>'
    host = site.partition("://")[2]
    return (
        Snippet("A page of your own", iframe),
        Snippet("A page of your own, as high as it needs", script,
                "The script puts the frame where it stands and keeps its height."),
        Snippet("Markdown", markdown, "A picture that leads to the scenario."),
        Snippet("GitHub README", picture,
                "GitHub shows no frames. The picture comes in the reader's colours."),
        Snippet("A moving picture", f'<a href="{link}"><img src="{link}.poster.svg" '
                f'alt="{alternative}" width="100%"></a>',
                "The packet's way as an animation, for a README, a wiki or slides. It stands still "
                "for readers who want no motion."),
        Snippet("MediaWiki", f"{{{{#widget:Chainwalk|id={path}}}}}",
                "With the extension Widgets. Its page Widget:Chainwalk holds: "
                f'<iframe src="{site}/e/<!--{{$id|escape:\'urlpathinfo\'}}-->" width="100%" '
                f'height="{height}" style="border:0"></iframe>'),
        Snippet("BookStack", iframe,
                f"In the page's HTML. An admin adds {site} to ALLOWED_IFRAME_SOURCES in .env."),
        Snippet("Confluence", frame,
                f"In the iframe macro, where an admin allows {host}; else paste the picture "
                f"{link}.png with a link to {link}."),
        Snippet("Notion", frame, "Type /embed and paste it."),
        Snippet("Outline", frame, "Paste it on a line of its own and choose Embed."),
        Snippet("Docusaurus", iframe.replace('style="border:0"', "style={{border: 0}}"),
                "In an .mdx page."),
        Snippet("Obsidian", iframe, "As it is, in a note."),
    )  # fmt: skip
