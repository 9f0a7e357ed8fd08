"""Serving the page on this machine, without a request to any other."""

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from wesam_packshot.config import Config
from wesam_packshot.demo.access import Access
from wesam_packshot.demo.guard import Guard
from wesam_packshot.demo.service import Service
from wesam_packshot.demo.uploads import upload_folder
from wesam_packshot.interactive.models import Models
from wesam_packshot.web.ports import bound
from wesam_packshot.web.stopping import Stop

log = logging.getLogger("wesam_packshot")

FONTS = ("system-ui", "sans-serif")
MONOSPACE = ("ui-monospace", "monospace")
# Visitors whose photos are kept in memory; those who have been away longest are forgotten.
VISITORS = 16


def serve(config: Config, adapters: Mapping[str, Path], access: Access) -> dict[str, Any]:
    """Serve the demo until SIGINT or SIGTERM.

    Raises:
        UserError: when a model cannot be loaded, or the port is taken.
    """
    with Stop() as stop, served(config, adapters, access) as address:
        shown = ", ".join(adapters) or "none: SAM as published"
        log.info("%s (adapters: %s); Ctrl+C ends it", address, shown)
        stop.wait()
    return {"address": address}


@contextmanager
def served(config: Config, adapters: Mapping[str, Path], access: Access) -> Iterator[str]:
    """The address of the running page; what visitors have uploaded is gone afterwards.

    Raises:
        UserError: see `serve`.
    """
    bound(access.host, access.port).close()
    with upload_folder() as folder:
        service = Service(config, Models(config, adapters), folder)
        # the first visitor need not wait for what torch sets up at its first pass
        service.cuts(
            service.act(None, {"kind": "example", "name": "p_mug_1.jpg"}), next(iter(adapters), None), "fast", True
        )
        # read by gradio when it is imported, and again at each upload
        os.environ |= {"GRADIO_TEMP_DIR": str(folder), "GRADIO_ANALYTICS_ENABLED": "False"}
        from starlette.middleware import Middleware

        from wesam_packshot.demo.page import WEB, build

        page = build(service, access.max_upload)
        _, address, _ = page.launch(
            server_name=access.host,
            server_port=access.port,
            app_kwargs={"middleware": [Middleware(Guard, access, folder)]},
            max_file_size=access.max_upload,
            prevent_thread_lock=True,
            quiet=True,
            share=False,
            ssr_mode=False,
            run_history=False,
            footer_links=[],
            state_session_capacity=VISITORS,
            theme=_theme(),
            css_paths=WEB / "page.css",
        )
        try:
            yield address
        finally:
            page.close(verbose=False)


def _theme() -> Any:
    """Fonts of the system, since gradio's own would be fetched; small print and button dark enough to be read."""
    from gradio import themes

    return themes.Base(primary_hue="emerald", font=FONTS, font_mono=MONOSPACE).set(
        block_info_text_color="*neutral_600",
        block_info_text_color_dark="*neutral_300",
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_hover="*primary_800",
    )
