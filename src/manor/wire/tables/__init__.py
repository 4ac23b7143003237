# SPDX-License-Identifier: Apache-2.0
"""The programs of the wire protocol as rows of text, one module each; manor.wire.programs reads them.

Text loads in microseconds, and a command needs a handful of the 480 procedures: a row is taken apart when it is first
used. A procedure's row has four columns::

    NUMBER NAME WORDS…; PERMISSIONS…; ARGUMENTS…; ANSWER…

- WORDS: `high` (served by workers that blocked calls cannot occupy), `preauth` (allowed before authentication),
  `stream=read|write` (opens one; the direction libvirt annotates), `fds=in|out|in+out`, `sparse=FLAG` (the flag that
  allows holes in the stream), `string_okay` (flags say whether string parameters are welcome),
  `filter=OBJECT:PERMISSION` (results are limited to what the caller may see), `event=OBJECT/ID` or `event` (sent by
  the server), `since=VERSION`.
- PERMISSIONS: `OBJECT:PERMISSION[:CONDITION]`, the condition being a flag, `!FLAGS`, or `:ARGUMENT:VALUE`.
- Fields are `NAME:TYPE`. The types: int, uint (32 bits, also where C has narrower ones), hyper, uhyper (64), double,
  string (UTF-8), uuid (16 bytes), opaque (bytes), octets (bytes sent as one unit each), text (the same, a C string),
  param (typed parameter), or the name of a structure's row. A suffix makes an optional (`?`), an array of a fixed
  length (`[32]`) or of at most so many elements (`<LIMIT>`). An answer may start with `=RECORD`, the class of
  manor.records made of it.

A structure's row is `NAME RECORD FIELDS…`, with `-` for no record.
"""
