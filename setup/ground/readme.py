"""What an addon says of itself: README.md, and index.html for Odoo's Apps.

Both are made of the files in its folder ``readme``. ``setup/odoo --run python -m
ground.readme`` writes them; the stage lint of setup/test looks whether that was done.
"""

import re
import sys

from . import paths

# of readme/, in order: (name of the file, heading)
FRAGMENTS = [
    ("DESCRIPTION", None),
    ("CONTEXT", "Context"),
    ("CONFIGURE", "Configuration"),
    ("USAGE", "Usage"),
    ("EXAMPLE", "What One Sees"),
    ("ROADMAP", "Known Limits"),
    ("CONTRIBUTORS", "Contributors"),
    ("HISTORY", "Changelog"),
]
# Fragments name pictures from where they are themselves.
PICTURES = re.compile(r"(?<=\]\()\.\./static/description/")
NOTICE = "<!-- made of the files in readme/: change those -->"
HTML = """\
<!-- made of the files in readme/; change those -->
<section class="oe_container">
{}
</section>
"""


def main():
    """Write both files of every addon."""
    for addon in paths.addons():
        for path, text in texts(addon):
            path.write_text(text)


def outdated():
    """The files that differ from what they would be."""
    return [
        path
        for addon in paths.addons()
        for path, text in texts(addon)
        if not path.exists() or path.read_text() != text
    ]


def texts(addon):
    """Yield the files of an addon with what belongs in them: (path, text)."""
    import markdown

    source = _joined(addon)
    readme = PICTURES.sub("static/description/", source)
    yield addon / "README.md", f"{NOTICE}\n\n{readme}"
    page = markdown.markdown(
        PICTURES.sub("", source), extensions=["tables", "fenced_code", "sane_lists"]
    )
    page = page.replace("<img ", '<img class="img-fluid" ')
    yield addon / "static" / "description" / "index.html", HTML.format(page)


def _joined(addon):
    manifest = paths.manifest(addon)
    parts = [f"# {manifest['name']}\n"]
    for name, heading in FRAGMENTS:
        fragment = addon / "readme" / f"{name}.md"
        if fragment.exists():
            parts += [f"## {heading}\n"] if heading else []
            text = fragment.read_text()
            # headings of fragments lie below theirs
            parts.append(re.sub(r"^#(#+ )", r"##\1", text, flags=re.M))
    return "\n".join(parts)


if __name__ == "__main__":
    if "--check" not in sys.argv:
        main()
    elif late := outdated():
        sys.exit("Not as the files in readme/ say: " + ", ".join(map(str, late)))
