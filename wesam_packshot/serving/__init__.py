"""An HTTP service that cuts photos out.

`options` and `rembg` are what may be asked for, `uploads` reads a request, `cutter` turns a photo into an answer,
`work_queue` has one model work for many requests, `app` is the service's addresses, and `server` serves them.
"""
