#!/bin/sh
# One network change, for a host on which xenbond itself does not run.
# It needs a POSIX shell and coreutils as of RHEL 5 (bash 3.2, coreutils 5.97, util-linux 2.13).
# Contents are kept as printf(1) formats: a here-document is a file below /tmp for many shells, and
# base64(1) is not everywhere. Every byte can be said so, and what is text can be read here.
#
#   sh setup.sh diff                        every file, before and after; writes nothing
#   sh setup.sh apply [--confirm-within N]  do it; after N seconds it is undone, unless kept by
#   sh setup.sh confirm                     from another login
#   sh setup.sh undo                        at any time: every file as it was
#   sh setup.sh status                      what runs, and whether a change waits
#   sh setup.sh forget                      give up the copies of a change that was kept
#   ROOT=DIR sh setup.sh ...                the files below DIR; no network is touched

# `A && B || C`: C also where B fails is meant. -ef is no POSIX, but every shell's test has it.
# shellcheck disable=SC2015,SC2016,SC3013

#@DATA@

set -u
umask 077
PATH=/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL
unset CDPATH ENV BASH_ENV
IFS=' 	
'
ROOT=${ROOT:-}
ROOT=${ROOT%/}
case $ROOT in
'' | /*) ;;
*) ROOT=$PWD/$ROOT ;;
esac
S=$ROOT/var/lib/xenbond-setup
# As it is to be typed; a name with a space in it needs quotes.
RUN="sh $S/setup.sh"
[ -z "$ROOT" ] || RUN="ROOT='$ROOT' sh '$S/setup.sh'"
SELF=$0
BOOT=no
UNIT=/etc/systemd/system/xenbond-setup.service
WANTED=/etc/systemd/system/sysinit.target.wants/xenbond-setup.service

say() { printf '%s\n' "$*"; }
complain() { printf 'setup.sh: %s\n' "$*" >&2; }
# The change is refused before anything was written.
refuse() {
	complain "$*"
	exit 2
}

# --- the change's own notes -------------------------------------------------------------------
# state.WORD tells how far it is. One rename takes it to the next word, which also a full disk
# allows: prepared (no file touched), writing, waiting (for confirm), kept, undoing.

state() {
	for word in prepared writing waiting kept undoing; do
		if [ -f "$S/state.$word" ]; then
			echo "$word"
			return
		fi
	done
	echo none
}
becomes() { mv -f "$S/state.$1" "$S/state.$2"; }

began() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }
boot_id() { cat /proc/sys/kernel/random/boot_id 2>/dev/null || echo unknown; }
# Which process this is, so that another one that gets its number later is not taken for it.
put_pid() { say "$$ $(began "$$") $(boot_id)" >"$1"; }
alive() {
	pid='' start='' boot=''
	[ -s "$1" ] && read -r pid start boot <"$1"
	[ -n "$pid" ] && [ "$boot" = "$(boot_id)" ] && [ "$start" = "$(began "$pid")" ]
}

LOCKED=no
# One that was killed has left its lock. Of two that find that out, one renames it away.
break_lock() {
	alive "$S/lock/pid" && return 1
	mv "$S/lock" "$S/lock.$$" 2>/dev/null || return 1
	if alive "$S/lock.$$/pid"; then mv "$S/lock.$$" "$S/lock"; else rm -rf "$S/lock.$$"; fi
}
lock() {
	turn=0
	until mkdir "$S/lock" 2>/dev/null; do
		if alive "$S/lock/pid" && [ "$turn" -ge "${1:-0}" ]; then
			refuse "another run of it (process $pid) is at work, see $S/lock; nothing was done."
		elif [ ! -d "$S/lock" ] || [ "$turn" -gt "$((${1:-0} + 5))" ]; then
			refuse "$S can't be written; nothing was done."
		fi
		# Without a number it is a moment old, or its maker was killed in that moment.
		if [ -s "$S/lock/pid" ] || [ "$turn" -ge 2 ]; then break_lock && continue; fi
		turn=$((turn + 1))
		sleep 1
	done
	LOCKED=yes
	put_pid "$S/lock/pid"
	[ -s "$S/lock/pid" ] || {
		unlock
		refuse "$S can't be written: is the disk full? Nothing was done."
	}
}
# For who must undo a change in any case: a full disk has no room for a lock.
lock_if_possible() {
	turn=0
	until mkdir "$S/lock" 2>/dev/null; do
		alive "$S/lock/pid" || break_lock || turn=$((turn + 1))
		[ "$turn" -le 5 ] || return 0
		sleep 1
	done
	LOCKED=yes
	ln "$S/child" "$S/lock/pid" 2>/dev/null || put_pid "$S/lock/pid"
}
unlock() {
	[ "$LOCKED" = no ] || rm -rf "$S/lock"
	LOCKED=no
}

look_around() {
	if [ -z "$ROOT" ]; then
		[ "$(id -u)" = 0 ] || refuse "only root may run it; nothing was done."
	else
		[ -d "$ROOT/etc" ] || refuse "ROOT=$ROOT has no etc; nothing was done."
	fi
	command -v sha1sum >/dev/null || refuse "sha1sum is not there; nothing was done."
}
open_notes() {
	[ ! -L "$S" ] || refuse "$S is a symbolic link; nothing was done."
	mkdir -p "${S%/*}" && { [ -d "$S" ] || mkdir "$S"; } || refuse "$S can't be made; nothing was done."
	if [ -z "$ROOT" ]; then
		# shellcheck disable=SC2012  # one name, known
		ls -ldn "$S" | {
			read -r _ _ owner _
			[ "$owner" = 0 ]
		} || refuse "$S is not root's; nothing was done."
	fi
	chmod 700 "$S" || refuse "$S can't be made root's alone; nothing was done."
}
own_change() {
	[ ! -f "$S/id" ] || [ "$(cat "$S/id")" = "$ID" ] ||
		refuse "$S holds a change that another script made. Use that one: $RUN $1"
}

# --- files ------------------------------------------------------------------------------------

digest() { sha1sum <"$1" 2>/dev/null | cut -d' ' -f1; }
# What is at a path: its SHA-1, "-" for nothing, a word for what is no file.
found() {
	if [ -L "$1" ]; then
		echo link
	elif [ -f "$1" ]; then
		digest "$1"
	elif [ -e "$1" ]; then
		echo other
	else
		echo -
	fi
}
# Sets path, real (links followed when it was planned), was, now (what `found` tells), mode and why,
# whether there is anything todo, and the places beside it.
about() {
	file "$1"
	at=$ROOT$real
	new=${at%/*}/.xenbond-setup.$1.new
	old=${at%/*}/.xenbond-setup.$1.old
	copy=$S/copies/$1
}
each() {
	i=1
	while [ "$i" -le "$FILES" ]; do
		about "$i"
		"$1" || return 1
		i=$((i + 1))
	done
}

as_planned_from() {
	here=$(found "$at")
	folder=${real%/*}
	while [ -n "$folder" ]; do
		[ ! -L "$ROOT$folder" ] || here="behind a symbolic link, $ROOT$folder,"
		folder=${folder%/*}
	done
	if [ -z "$ROOT" ] && [ "$path" != "$real" ] && [ "$was" != - ]; then
		[ "$path" -ef "$real" ] || here=elsewhere
	fi
	case $here in
	"$was") return ;;
	-) here='is not there any more' ;;
	link) here='is a symbolic link now' ;;
	other) here='is no regular file' ;;
	elsewhere) here="does not lead to $real any more" ;;
	behind*) here="is $here which it was not" ;;
	*) if [ "$was" = - ]; then here='is there, and was not'; else here='has other contents'; fi ;;
	esac
	complain "$ROOT$path $here when this was planned. Every file was left untouched. Plan again."
	differs=yes
}
is_ours() {
	[ "$todo" = yes ] || return 0
	here=$(found "$at")
	[ "$here" = "$now" ] || [ "$here" = "$was" ] || {
		complain "$at was changed by somebody since. Every file was left untouched; the file of" \
			"before is $copy."
		differs=yes
	}
}

make_folders() {
	[ "$was" = - ] && [ "$now" != - ] || return 0
	missing='' folder=${at%/*}
	until [ -d "$folder" ]; do
		missing="$folder
$missing"
		folder=${folder%/*}
	done
	[ -n "$missing" ] || return 0
	# Noted before they are made: what is made is taken away again.
	printf '%s' "$missing" >>"$S/folders" || return 1
	(umask 022 && mkdir -p "${at%/*}")
}
keep_copy() {
	[ "$was" = - ] || [ "$todo" = no ] || { cp -a "$at" "$copy" && [ "$(digest "$copy")" = "$was" ]; } || {
		complain "$copy: no copy of $at could be kept."
		return 1
	}
}
prepare_old() {
	[ "$was" != - ] && [ "$todo" = yes ] || return 0
	rm -f "$old"
	cp -a "$copy" "$old" && [ "$(digest "$old")" = "$was" ] || {
		complain "$old could not be written: is the disk full?"
		return 1
	}
}
prepare_new() {
	[ "$now" != - ] && [ "$todo" = yes ] || return 0
	rm -f "$new"
	# As a copy of the file it has that one's owner, mode and labels.
	{ [ "$was" = - ] || cp -a "$at" "$new"; } &&
		"new_$i" >"$new" && { [ -z "$mode" ] || chmod "$mode" "$new"; } &&
		[ "$(digest "$new")" = "$now" ] || {
		complain "$new could not be written: is the disk full?"
		return 1
	}
}
labelled() {
	[ -n "$ROOT" ] || ! command -v restorecon >/dev/null 2>&1 || restorecon "$at" 2>/dev/null
	return 0
}
put_new() {
	if [ "$todo" = no ]; then
		return 0
	elif [ "$now" = - ]; then
		rm -f "$at"
	else
		mv -f "$new" "$at" && labelled
	fi && say "$at: ${why:-written}"
}
put_old() {
	here=$(found "$at")
	# What was put back has no copy beside it any more; of a file whose mode alone changed that tells.
	[ "$todo" = yes ] && { [ "$here" != "$was" ] || [ -f "$old" ]; } || return 0
	if [ "$here" = other ]; then
		complain "$at is no file any more and was left as it is; its copy is $copy."
		problem=yes
		return 0
	elif [ "$here" != - ] && [ "$here" != "$now" ] && [ "$here" != "$was" ]; then
		mkdir -p "$S/later" && cp -a "$at" "$S/later/$i.$$" &&
			complain "$at was changed by somebody since: what it said is in $S/later/$i.$$"
	fi
	if [ "$was" = - ]; then
		rm -f "$at" || problem=yes
	elif { [ -f "$old" ] && [ "$(digest "$old")" = "$was" ]; } || prepare_old; then
		mv -f "$old" "$at" && labelled || problem=yes
	else
		complain "$at is NOT as it was; its copy is $copy."
		problem=yes
	fi
	return 0
}
sweep() {
	rm -f "$new" "$old"
}
drop_folders() {
	[ -s "$S/folders" ] || return 0
	# The deepest first; one that holds something else stays.
	sed '1!G;h;$!d' "$S/folders" | while read -r folder; do rmdir "$folder" 2>/dev/null; done
}

# --- the running network ----------------------------------------------------------------------

there() { [ -e "/sys/class/net/$1" ]; }
is_up() { there "$1" && read -r flags <"/sys/class/net/$1/flags" && [ "$((flags & 1))" = 1 ]; }
remember_network() {
	[ -z "$ROOT" ] || return 0

	for link in $BRIDGE $BOND; do
		! there "$link" || say "$link"
	done >"$S/links"
	for link in $SLAVES; do
		! is_up "$link" || say "$link"
	done >"$S/up"
	for unit in $DAEMONS; do
		! systemctl is-active --quiet "$unit" || say "$unit"
	done >"$S/daemons"
	remember_guests
}
remember_guests() {
	for port in /sys/class/net/*/brif/*; do
		[ -e "$port" ] || continue
		bridge=${port%/brif/*}
		say "${bridge##*/} ${port##*/}"
	done >"$S/ports"
}
uptime_now() {
	read -r up _ </proc/uptime
	echo "${up%%.*}"
}
take_down() {
	stack_stop
	while read -r unit; do systemctl stop "$unit"; done <"$S/daemons"
	for link in $SLAVES; do
		there "$link" || continue
		ip addr flush dev "$link" scope global
		ip link set "$link" down
	done
	for link in $BRIDGE $BOND; do
		if ! there "$link" || grep -qx "$link" "$S/links"; then continue; fi
		ip link set "$link" down
		# RHEL 5's ip(8) can't delete them, newer hosts have no brctl(8).
		ip link delete "$link" 2>/dev/null || {
			[ ! -d "/sys/class/net/$link/bonding" ] || say "-$link" >/sys/class/net/bonding_masters
			[ ! -d "/sys/class/net/$link/bridge" ] || brctl delbr "$link"
		}
	done
} 2>&1
bring_up() {
	stack_start
	while read -r unit; do systemctl start "$unit"; done <"$S/daemons"
	while read -r link; do ip link set "$link" up; done <"$S/up"
	# Guests' ports are named in no file: a bridge that was made again has lost them.
	while read -r bridge port; do
		case " $BOND $SLAVES " in *" $port "*) continue ;; esac
		there "$port" && there "$bridge" && [ ! -e "/sys/class/net/$bridge/brif/$port" ] || continue
		ip link set dev "$port" master "$bridge" 2>/dev/null || brctl addif "$bridge" "$port"
		ip link set "$port" up
		say "$port is on $bridge again"
	done <"$S/ports"
} 2>&1
lacks() {
	for link in $SLAVES; do
		grep -qw "$link" "/sys/class/net/$BOND/bonding/slaves" 2>/dev/null || {
			say "$link is no slave of $BOND"
			return
		}
	done
	[ -e "/sys/class/net/$HOLDER" ] || say "$HOLDER is not there"
	[ -z "$BRIDGE" ] || [ -e "/sys/class/net/$BRIDGE/brif/$BOND" ] || say "$BOND is not in $BRIDGE"
	for address in $ADDRESSES; do
		ip addr show dev "$HOLDER" 2>/dev/null | grep -qF " $address " ||
			say "$HOLDER lacks $address"
	done
}
reads_back() {
	turn=0
	while missing=$(lacks) && [ -n "$missing" ]; do
		turn=$((turn + 1))
		[ "$turn" -le "$PATIENCE" ] || {
			complain "after $PATIENCE seconds still: $missing"
			return 1
		}
		sleep 1
	done
}
guests() {
	for port in /sys/class/net/vif[1-9]*.* /sys/class/net/tap* /sys/class/net/vnet*; do
		[ ! -e "$port" ] || say "a guest's port: ${port##*/}"
	done
	for tool in xm xl; do
		! command -v "$tool" >/dev/null 2>&1 || "$tool" list 2>/dev/null && break
	done | sed '/^Name /d; /^Domain-0 /d; s/^/a domain that runs: /'
}
fits_host() {
	for link in $SLAVES; do
		there "$link" || refuse "$link: there is no such NIC here; nothing was changed."
	done
	for link in /sys/class/net/peth* /sys/class/net/*/brif/vif0.*; do
		[ ! -e "$link" ] || refuse "xend's network-bridge runs: ${link##*/} is its. A NIC can't be" \
			"renamed back under running guests. Nothing was changed. Put a # before the (network-script ...) line of" \
			"/etc/xen/xend-config.sxp, plan again with that file, reboot, then apply; guests have no" \
			"network in between."
	done
}

# --- after a reboot ---------------------------------------------------------------------------

guard_on() {
	if [ -d /run/systemd/system ]; then
		mkdir -p "${WANTED%/*}" && cat >"$UNIT.$$" <"$S/guard" && chmod 644 "$UNIT.$$" &&
			mv -f "$UNIT.$$" "$UNIT" && ln -sf "$UNIT" "$WANTED" && systemctl daemon-reload &&
			say "Unless it is kept, the next boot undoes it before the network starts: $UNIT." ||
			complain "$UNIT could not be made: a reboot before confirm would not undo it."
		return
	fi
	scripts=''
	# insserv(8) starts scripts in the order of its notes, and one that is in none not at all.
	[ ! -e /etc/init.d/.depend.boot ] &&
	for start in /etc/rc.d/rc[S2345].d/S[0-9][0-9]network* /etc/rc[S2345].d/S[0-9][0-9]network*; do
		[ -e "$start" ] || continue
		folder=${start%/*} number=${start##*/S}
		number=${number%%[!0-9]*}
		number=${number#0}
		script=$folder/S$(printf %02d $((number > 0 ? number - 1 : 0)))xenbond-setup
		# Red Hat's /etc/rc3.d is a link to /etc/rc.d/rc3.d.
		case $folder in /etc/rc?.d) [ ! -L "$folder" ] || continue ;; esac
		cat <"$S/guard" >"$script" && chmod 755 "$script" && scripts="$scripts $script"
	done
	if [ -n "$scripts" ]; then
		say "Unless it is kept, the next boot undoes it before the network starts:$scripts."
	else
		complain "Nothing here starts the network at boot by systemd or SysV scripts: a reboot" \
			"before confirm would not undo it. Then run: $RUN undo"
	fi
}
guard_off() {
	[ -z "$ROOT" ] || return 0
	rm -f /etc/rc.d/rc[S2345].d/S[0-9][0-9]xenbond-setup /etc/rc[S2345].d/S[0-9][0-9]xenbond-setup
	[ -e "$UNIT" ] || [ -L "$WANTED" ] || return 0
	rm -f "$WANTED" "$UNIT" "$UNIT".[0-9]*
	[ "$BOOT" = yes ] || systemctl daemon-reload
}
guard_text() {
	if [ -d /run/systemd/system ]; then
		say '[Unit]'
		say 'Description=Undo a network change that nobody has kept'
		say 'DefaultDependencies=no'
		say 'Conflicts=shutdown.target'
		say 'After=local-fs.target systemd-remount-fs.service'
		say 'RequiresMountsFor=/var/lib /etc'
		say 'Wants=network-pre.target'
		say 'Before=network-pre.target networking.service network.service NetworkManager.service'
		say 'Before=systemd-networkd.service netplan-configure.service shutdown.target'
		say '[Service]'
		say 'Type=oneshot'
		say "ExecStart=/bin/sh $S/setup.sh boot"
	else
		say '#!/bin/sh'
		say '# Made by setup.sh for one network change, and taken away with it.'
		say "case \$1 in start) exec /bin/sh $S/setup.sh boot ;; esac"
	fi
}

# --- the change -------------------------------------------------------------------------------

# Notes and temporary files of a change that is over; its state goes last.
tidy() {
	guard_off
	each sweep
	rm -f "$S/deadline" "$S/guard"
}
discard() {
	tidy
	drop_folders
	rm -rf "$S/copies" "$S/folders" "$S/links" "$S/up" "$S/daemons" "$S/ports" "$S/id"
	rm -f "$S"/state.*
}
# Back to the files of before, from any point, and to their network where it may have been left.
roll_back() {
	problem=no
	word=$(state)
	# Nobody can keep it any more.
	[ "$word" = undoing ] || becomes "$word" undoing
	[ -n "$ROOT" ] || [ "$BOOT" = yes ] || take_down
	each put_old
	sync
	[ -n "$ROOT" ] || stack_remake
	[ -n "$ROOT" ] || [ "$BOOT" != yes ] || stack_at_boot || :
	[ -n "$ROOT" ] || [ "$BOOT" = yes ] || bring_up
	if [ "$problem" = yes ]; then
		say "$1 Not every file could be put back; see above. Make room, then: $RUN undo" |
			tee "$S/last"
		return 1
	fi
	discard
	say "$1 Every file is as it was." | tee "$S/last"
}
# What a run that was killed, or the reboot, has left.
recover() {
	case $(state) in
	prepared)
		discard
		say 'A run was cut short before it changed anything. Its notes were taken away.'
		;;
	kept) tidy ;;
	writing | undoing) go_back 'A run was cut short and was undone.' ;;
	waiting) alive "$S/child" || go_back 'Nobody has kept the change, and it was undone.' ;;
	none) each sweep ;;
	esac
}

prepare() {
	# The first note: from here on a run that is killed is cleared away by the next.
	: >"$S/state.prepared" && say "$ID" >"$S/id" && mkdir -p "$S/copies" &&
		cat <"$SELF" >"$S/setup.sh.new" && mv -f "$S/setup.sh.new" "$S/setup.sh" &&
		each keep_copy && each make_folders && each prepare_old && each prepare_new &&
		guard_text >"$S/guard" && remember_network && sync
}
carry() {
	differs=no
	each as_planned_from
	[ "$differs" = no ] || {
		discard
		return 1
	}
	becomes prepared writing || return 1
	[ -n "$ROOT" ] || take_down
	each put_new || {
		roll_back "A file could not be written, so the change was undone."
		return 1
	}
	sync
	[ -n "$ROOT" ] || {
		stack_remake
		bring_up
		reads_back || {
			roll_back 'The network did not come up as planned, so the change was undone.'
			return 1
		}
	}
}
# The detached process: it changes, waits, and undoes.
change() {
	take_over
	carry || return 2
	deadline=$(($(uptime_now) + $1))
	say "$deadline" >"$S/deadline"
	becomes writing waiting
	say "It runs. Keep it within $1 seconds from another login: $RUN confirm"
	unlock
	while still_waits && [ "$(uptime_now)" -lt "$deadline" ]; do sleep 1; done
	still_waits || return 0
	lock_if_possible
	! still_waits || roll_back "Nobody has kept the change within $1 seconds, so it was undone."
}
back() {
	take_over
	roll_back "$1"
}
take_over() {
	trap '' HUP
	put_pid "$S/child" && [ -s "$S/child" ] || refuse "$S can't be written; nothing was changed."
	put_pid "$S/lock/pid"
	LOCKED=yes
}
still_waits() {
	[ -f "$S/state.waiting" ] && read -r pid _ <"$S/child" && [ "$pid" = "$$" ]
}
# Run it where the end of this session, or of its network, does not reach it.
detach() {
	rm -f "$S/child"
	: >"$S/log"
	# It takes the lock over; what is left of it here must not take it away.
	LOCKED=no
	if [ -d /run/systemd/system ] && command -v systemd-run >/dev/null 2>&1; then
		systemd-run --quiet --unit="xenbond-setup-$$" /bin/sh -c \
			'exec /bin/sh "$1" "$2" "$3" >>"$4" 2>&1 </dev/null' sh "$S/setup.sh" "$1" "$2" "$S/log"
	elif command -v setsid >/dev/null 2>&1; then
		nohup setsid /bin/sh "$S/setup.sh" "$1" "$2" >>"$S/log" 2>&1 </dev/null &
	else
		nohup /bin/sh "$S/setup.sh" "$1" "$2" >>"$S/log" 2>&1 </dev/null &
	fi
	turn=0
	until [ -s "$S/child" ] || [ "$turn" -ge 20 ]; do
		turn=$((turn + 1))
		sleep 1
	done
	[ -s "$S/child" ] || {
		LOCKED=yes
		[ "$(state)" != prepared ] || discard
		refuse "the process that carries it out could not be started; nothing was changed."
	}
}
# Tell what the detached process tells, until it is over.
follow() {
	told=0
	while :; do
		over=no
		alive "$S/child" || over=yes
		sed "1,${told}d" "$S/log"
		told=$(sed -n '$=' "$S/log")
		told=${told:-0}
		[ "$over" = no ] || return 0
		sleep 1
	done
}

# Undo it: detached, where that takes the network down.
go_back() {
	if [ -n "$ROOT" ] || [ "$BOOT" = yes ]; then
		roll_back "$1"
		return
	fi
	[ "$(state)" != kept ] || becomes kept undoing
	detach back "$1"
	follow
	lock 60
	[ "$(state)" = none ]
}

# --- commands ---------------------------------------------------------------------------------

clean() { tr '\000-\010\013-\037\177' '?'; }
show() {
	[ "$todo" = yes ] || return 0
	changed=yes
	say "$path${why:+: $why}${mode:+ (mode $mode)}"
	if [ "$masked" = yes ]; then
		"masked_$i" | clean
		return
	fi
	before=$at
	[ "$was" != - ] || before=/dev/null
	if command -v diff >/dev/null 2>&1; then
		if [ "$now" = - ]; then :; else "new_$i"; fi |
			diff -u -L "$path (now)" -L "$path (planned)" "$before" - | clean
	else
		say "--- $path (now)"
		clean <"$before"
		say "+++ $path (planned)"
		[ "$now" = - ] || "new_$i" | clean
	fi
	return 0
}
do_diff() {
	differs=no changed=no
	each as_planned_from
	each show
	[ "$differs" = no ] || exit 2
	[ "$changed" = no ] || exit 1
	say 'Nothing to change.'
}
do_apply() {
	within=120
	if [ "${1:-}" = --confirm-within ]; then
		within=${2:-}
		case $within in
		'' | *[!0-9]* | ?????*) within=0 ;;
		esac
		[ "$within" -ge 30 ] && [ "$within" -le 600 ] ||
			refuse "--confirm-within takes 30 to 600 seconds; nothing was done."
	fi
	open_notes
	lock
	recover || exit 2
	own_change undo
	case $(state) in
	kept) refuse "this change was applied and kept; $RUN undo undoes it." ;;
	waiting) refuse "this change waits: $RUN confirm keeps it, undo undoes it." ;;
	esac
	differs=no
	each as_planned_from
	[ "$differs" = no ] || exit 2
	[ -n "$ROOT" ] || {
		guests
		fits_host
	}
	prepare || {
		discard
		refuse "it could not be prepared; every file is as it was."
	}
	if [ -n "$ROOT" ]; then
		carry && becomes writing kept || exit 2
		tidy
		say "The files below $ROOT are written; no network was touched."
		return
	fi
	say "$OUTAGE"
	guard_on
	detach change "$within"
	follow
	[ "$(state)" = kept ] || exit 2
}
do_confirm() {
	open_notes
	lock
	own_change confirm
	[ "$(state)" = waiting ] || refuse "no change waits; $(cat "$S/last" 2>/dev/null)"
	becomes waiting kept || refuse "$S can't be written; the change was not kept."
	tidy
	say "Kept: $SUMMARY. $RUN undo undoes it."
}
do_undo() {
	open_notes
	lock
	own_change undo
	[ "$(state)" != prepared ] || recover
	[ "$(state)" != none ] || refuse "there is no change to undo; nothing was done."
	if [ "$(state)" = kept ]; then
		differs=no
		each is_ours
		[ "$differs" = no ] || exit 2
		each prepare_old || {
			each sweep
			refuse "nothing was changed. Make room and try again."
		}
	fi
	if [ -z "$ROOT" ]; then
		guests
		say "$OUTAGE"
		if [ "$(state)" = kept ]; then
			# The guests of now, not of the day it was applied.
			remember_guests || refuse "$S can't be written; nothing was changed. Make room first."
		fi
	fi
	go_back 'Undone.' || exit 2
}
do_forget() {
	open_notes
	lock
	own_change forget
	[ "$(state)" = kept ] || refuse "no change was kept; nothing was done."
	tidy
	rm -rf "$S/copies" "$S/folders" "$S/links" "$S/up" "$S/daemons" "$S/ports" "$S/id"
	rm -f "$S"/state.*
	say 'Its copies are gone, and what it wrote stays.'
}
do_boot() {
	BOOT=yes
	[ -d "$S" ] || exit 0
	lock_if_possible
	recover
	unlock
}
tell_bond() {
	bond=$1 slave='' mode_words='' active='' up_slaves=0 slaves=0
	while IFS=: read -r key value; do
		value=${value# }
		case $key in
		'Bonding Mode') mode_words=$value ;;
		'Currently Active Slave') active=$value ;;
		'Slave Interface')
			slave=$value slaves=$((slaves + 1))
			;;
		'MII Status')
			if [ -z "$slave" ]; then
				say "$bond is $value: $mode_words"
			else
				[ "$value" != up ] || up_slaves=$((up_slaves + 1))
				if [ "$slave" = "$active" ]; then role=', and carries the traffic'; else role=''; fi
				say "  $slave is $value$role"
			fi
			;;
		'Link Failure Count') [ "$value" = 0 ] || say "    it has failed $value times" ;;
		esac
	done <"$ROOT/proc/net/bonding/$bond"
	case $up_slaves in
	0) say "  No slave is up: nothing gets through." ;;
	1) say "  One of $slaves slaves is up: the next cable that fails cuts the host off." ;;
	*) say "  $up_slaves of $slaves slaves are up: one cable may fail." ;;
	esac
}
do_status() {
	case $(state) in
	none) say "No change is applied. $(cat "$S/last" 2>/dev/null)" ;;
	kept) say "Kept: $SUMMARY." ;;
	waiting)
		if alive "$S/child" && read -r deadline <"$S/deadline"; then
			say "A change waits: $RUN confirm keeps it; undone in" \
				"$((deadline - $(uptime_now))) seconds."
		else
			say "A change waits that nobody watches; $RUN undo undoes it, confirm keeps it."
		fi
		;;
	*) if alive "$S/lock/pid"; then say 'A change is under way.'; else
		say "A change was cut short: $RUN undo, or the next boot, undoes it."
	fi ;;
	esac
	for proc in "$ROOT"/proc/net/bonding/*; do
		[ -f "$proc" ] || continue
		tell_bond "${proc##*/}"
	done | clean
	for proc in "$ROOT"/proc/net/bonding/*; do
		[ -f "$proc" ] || say 'No bond runs here.'
		return 0
	done
}

look_around
trap unlock EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
case ${1:-} in
diff) do_diff ;;
apply)
	shift
	do_apply "$@"
	;;
confirm) do_confirm ;;
undo) do_undo ;;
forget) do_forget ;;
status) do_status ;;
boot) do_boot ;;
change) change "$2" ;;
back) back "$2" ;;
*)
	complain "usage: sh setup.sh diff | apply [--confirm-within N] | confirm | undo | status | forget"
	exit 64
	;;
esac
