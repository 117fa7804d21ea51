#!/bin/sh
# The Chromium of $DANGOL_CHROMIUM, which may not put itself before what runs beside it: as root it gives itself a nice value of -8.
exec setpriv --bounding-set -sys_nice --inh-caps -sys_nice "$DANGOL_CHROMIUM" "$@"
