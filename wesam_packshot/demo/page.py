"""The page in gradio's terms: its parts, and who answers their events."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from wesam_packshot.demo.service import Service, photo_answer, prompts_answer, thumbnails
from wesam_packshot.errors import UserError
from wesam_packshot.interactive.session import Session
from wesam_packshot.segment.refinement import REFINEMENTS, Refine

WEB = Path(__file__).parent / "web"
TITLE = "Packshot cut-outs"
INTRODUCTION = f"# {TITLE}\nDrop a product photo. Where the answer is wrong, correct it with clicks or a box."
NO_ADAPTER = (
    "**There is no adapter, so this is SAM as published.** Asked for a whole packshot it usually returns the "
    "*background*; a click or a box on the product helps. To adapt it to your photos: `python scripts/adapt.py "
    "--config weak.yaml --data photos --output runs/mine`; then start the demo again, or start it with `--adapter`."
)
REFINE_INFO = "none: SAM's own mask; fast: at the photo's edges; best: after further looks"
DOWNLOAD = "Download the cut-out (PNG, all pixels)"
# The browser saves a file that the server has written.
SAVE = """(file) => {
  if (!file) return;
  const link = document.createElement("a");
  link.href = file.url;
  link.download = file.orig_name;
  link.click();
}"""
COLUMN = 320


def build(service: Service, max_upload: int) -> gr.Blocks:
    """The page; `server` gives it its views.

    Args:
        max_upload: bytes of a photo's file, larger ones are not sent.
    """
    names = service.models.names
    with gr.Blocks(title=TITLE, analytics_enabled=False) as page:
        gr.Markdown(INTRODUCTION)
        if not names:
            gr.Markdown(NO_ADAPTER, elem_id="no-adapter")
        session, file = gr.State(), gr.File(visible="hidden")
        with gr.Row():
            with gr.Column(min_width=COLUMN):
                canvas = _part("canvas", examples=_shelf(), limit=str(max_upload))
            with gr.Column(min_width=COLUMN):
                compare = _part("compare")
                adapter = gr.Dropdown(names, label="Adapter", interactive=len(names) > 1, visible=bool(names))
                refine = gr.Radio(REFINEMENTS, value="fast", label="Boundary", info=REFINE_INFO)
                download = gr.Button(DOWNLOAD, variant="primary", interactive=False, elem_id="download")
        answers = _Answers(service)
        asked = [session, adapter, refine]
        canvas.ask(answers.first, asked, [session, canvas, compare, download], **_queue("first")).then(
            answers.final, asked, compare, **_queue("final")
        )
        gr.on([adapter.input, refine.input], answers.final, asked, compare, **_queue("final"))
        download.click(answers.download, asked, [download, file], **_queue("download")).then(
            None, file, js=SAVE, **_queue("download")
        )
    return page


class _Answers:
    """What happens on the page's events.

    The first answer to a click comes without a refined boundary, which follows as soon as it is found: a further
    click need not wait for it, and makes it late.
    """

    def __init__(self, service: Service) -> None:
        self.service = service

    def first(self, session: Session | None, adapter: str | None, refine: Refine, event: gr.EventData) -> list[Any]:
        asked: dict[str, Any] = event._data
        answer = {"serial": asked.get("serial")}
        try:
            now = self.service.act(session, asked)
            cuts = self.service.cuts(now, adapter, "none", final=refine == "none")
        except UserError as error:
            return [gr.skip(), answer | {"alert": str(error)}, gr.skip(), gr.skip()]
        answer |= prompts_answer(now) if now is session else photo_answer(now) | prompts_answer(now)
        return [now, answer, cuts or gr.skip(), _ready(now)]

    def final(self, session: Session | None, adapter: str | None, refine: Refine) -> Any:
        if session is None:
            return gr.skip()
        try:
            return self.service.cuts(session, adapter, refine, final=True) or gr.skip()
        except UserError as error:
            gr.Warning(str(error))
            return gr.skip()

    def download(self, session: Session | None, adapter: str | None, refine: Refine) -> Iterator[list[Any]]:
        if session is None:  # the server has forgotten the photo, or it is not the page that asks
            yield [gr.skip(), None]
            return
        yield [gr.Button("Cutting out all pixels …", interactive=False), None]
        path = self.service.download(session, adapter, refine)
        yield [_ready(session), str(path)]


def _part(name: str, **filled: str) -> gr.HTML:
    """A part of the page that is drawn by hand, from `web`."""
    html = (WEB / f"{name}.html").read_text()
    for key, value in filled.items():
        html = html.replace(f"@{key}", value)
    return gr.HTML(
        html_template=html,
        css_template=(WEB / f"{name}.css").read_text(),
        js_on_load=(WEB / f"{name}.js").read_text(),
        elem_id=name,
        apply_default_css=False,
    )


def _shelf() -> str:
    """Thumbnails of the shipped photos."""
    return "".join(
        f'<button type="button" data-example="{name}"><img src="{url}" alt="{name}"></button>'
        for name, url in thumbnails().items()
    )


def _ready(session: Session) -> gr.Button:
    """The button to download with, once there is a photo."""
    height, width = session.photo.image.shape[:2]
    return gr.Button(f"{DOWNLOAD}: {width} x {height}", interactive=True)


def _queue(name: str) -> dict[str, Any]:
    """Options of an event; those of one queue are answered one after the other."""
    return {"concurrency_id": name, "concurrency_limit": 1, "show_progress": "hidden", "api_visibility": "private"}
