# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT

"""SVG as text: a card that brings its own background, in a light and a dark theme, and charts on it."""

import base64
import math
import struct
import zlib
from xml.sax.saxutils import escape

# Background and frame of the card, text, faint text, grid; and the series: first, second, neither.
LIGHT = {"card": "#ffffff", "frame": "#d1d9e0", "ink": "#1f2328", "faint": "#59636e", "grid": "#e4e8ec",
         "first": "#0969da", "second": "#d1570a", "even": "#8c959f"}
DARK = {"card": "#0d1117", "frame": "#3d444d", "ink": "#f0f6fc", "faint": "#9198a1", "grid": "#262c34",
        "first": "#4493f8", "second": "#f0883e", "even": "#7d8590"}
FONT = "-apple-system,BlinkMacSystemFont,'Segoe UI','Noto Sans','DejaVu Sans',Helvetica,Arial,sans-serif"


def text(x, y, content, kind="", anchor="start"):
    """A line of text; kind: classes of the style sheet."""
    marks = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{marks}>{escape(content).encode("ascii", "xmlcharrefreplace").decode("ascii")}</text>'


def line(x1, y1, x2, y2, kind):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>'


def rect(x, y, width, height, kind, radius=0):
    corners = f' rx="{radius}"' if radius else ""
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"{corners} class="{kind}"/>'


def curve(points, kind):
    """A line through points in pixels."""
    places = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{places}" class="{kind}"/>'


def dot(x, y, kind):
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" class="fill-{kind}"/>'


def band(lower, upper, kind):
    """The area between two lines."""
    places = " ".join(f"{x:.1f},{y:.1f}" for x, y in [*lower, *reversed(upper)])
    return f'<polygon points="{places}" class="{kind}"/>'


def png(rows, palette):
    """An image of bytes that number the palette's colours (red, green, blue); the last one is transparent. The same
    bytes for the same pixels wherever zlib is the same."""
    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))
    head = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 3, 0, 0, 0)
    packed = zlib.compress(b"".join(b"\0" + bytes(row) for row in rows), 9)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"PLTE", b"".join(map(bytes, palette))) +
            chunk(b"tRNS", b"\xff" * (len(palette) - 1) + b"\0") + chunk(b"IDAT", packed) + chunk(b"IEND", b""))


def image(x, y, width, height, data):
    """A PNG inside the SVG, its pixels as squares."""
    link = "data:image/png;base64," + base64.b64encode(data).decode("ascii")
    return (f'<image x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" '
            f'style="image-rendering:pixelated" href="{link}"/>')


class Axes:
    """A rectangle of pixels and the numbers at its edges; a logarithmic axis has its limits above 0."""

    def __init__(self, place, x_range, y_range, x_log=False, y_log=False):
        self.left, self.top, self.width, self.height = place
        self.x_range, self.y_range = x_range, y_range
        self.x_log, self.y_log = x_log, y_log

    @staticmethod
    def share(value, limits, logarithmic):
        """Where a value lies between the limits, 0 to 1; outside it is cut."""
        low, high = limits
        if logarithmic:
            value, low, high = math.log(max(value, low * 1e-9)), math.log(low), math.log(high)
        return min(max((value - low) / (high - low), 0.0), 1.0)

    def x(self, value):
        return self.left + self.width * self.share(value, self.x_range, self.x_log)

    def y(self, value):
        return self.top + self.height * (1.0 - self.share(value, self.y_range, self.y_log))

    def points(self, pairs):
        return [(self.x(a), self.y(b)) for a, b in pairs]

    def frame(self, x_ticks, y_ticks):
        """The grid with its labels; ticks: (value, label)."""
        parts = []
        for value, label in y_ticks:
            parts += [line(self.left, self.y(value), self.left + self.width, self.y(value), "grid"),
                      text(self.left - 8, self.y(value) + 5, label, "small", "end")]
        for value, label in x_ticks:
            parts.append(text(self.x(value), self.top + self.height + 22, label, "small", "middle"))
        return parts


def style():
    """Both themes; a viewer without media queries shows the light one."""
    def theme(colours):
        rules = [f"text{{fill:{colours['ink']}}}.small{{fill:{colours['faint']}}}",
                 f".card{{fill:{colours['card']};stroke:{colours['frame']}}}",
                 f".grid{{stroke:{colours['grid']}}}.one{{stroke:{colours['ink']}}}"]
        rules += [f".{name}{{stroke:{colours[name]}}}.fill-{name},text.{name}{{fill:{colours[name]}}}"
                  for name in ("first", "second", "even")]
        return "".join(rules)
    shared = (f"text{{font-family:{FONT};font-size:16px}}.title{{font-size:19px;font-weight:600}}"
              ".bold{font-weight:600}.small{font-size:15px}text{stroke:none}"
              "polyline{fill:none;stroke-width:3;stroke-linejoin:round}.dashed{stroke-dasharray:6 6;stroke-width:2}"
              "polygon{stroke:none;opacity:.25}text.first,text.second,text.even{stroke:none;font-weight:600}")
    return f"<style>{theme(LIGHT)}{shared}@media (prefers-color-scheme:dark){{{theme(DARK)}}}</style>"


def card(width, height, title, parts):
    """The whole picture; title is what a screen reader says."""
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
             f'viewBox="0 0 {width} {height}" role="img">', f"<title>{escape(title)}</title>", style(),
             rect(0.5, 0.5, width - 1, height - 1, "card", 10), *parts, "</svg>"]
    return "\n".join(lines) + "\n"
