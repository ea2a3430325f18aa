# Two NICs by veth pairs. The far ends are ports p0 and p1 of a switch: a bridge in a network
# namespace of its own, with the gateway's address on it. A far end set down is a pulled cable.
ip netns add switch
ip -n switch link set lo up
ip -n switch link add br0 type bridge forward_delay 0 mcast_snooping 0
# A port that is never pulled keeps the switch itself up, as mains power does.
ip -n switch link add mains type dummy
ip -n switch link set mains master br0 up
ip -n switch addr add 192.168.0.1/24 dev br0
for n in 0:00:50:da:7a:51:45 1:00:14:22:36:f1:fa; do
	i=${n%%:*}
	ip link add "eth$i" address "${n#*:}" type veth peer name "p$i" netns switch
	ip -n switch link set "p$i" master br0 up
	[ ! -e "/lab/pulled-$i" ] || ip -n switch link set "p$i" down
done
ip -n switch link set br0 up
