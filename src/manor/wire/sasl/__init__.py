# SPDX-License-Identifier: Apache-2.0
"""SASL mechanisms of both sides as state machines: bytes in, bytes out.

How their messages travel is manor.wire.opening's business on the client's side and the daemon's on the other; where
passwords and users come from is the shells' and the daemon's. SCRAM is the scramp library's, GSSAPI the gssapi
library's; where one is missing, so are its mechanisms.
"""
