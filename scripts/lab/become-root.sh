# Makes a subvolume of a disk the root of a server. Runs inside the server's namespaces, as root.
#   sh become-root.sh DEVICE [MOUNTPOINT SUBVOLUME]…   the first mount point is /; no subvolume: the default one
set -eu
device=$1
shift

# In /tmp, which is not carried over: nothing of the work is seen afterwards.
root=/tmp/root
mkdir "$root"
mount ${2:+-o subvol="$2"} "$device" "$root"
shift 2

# The programs and accounts are the machine's, as before.
for directory in /bin /sbin /lib* /usr /etc /opt /var /dev /proc /sys /run /root /home /srv /mnt /media; do
  if [ -L "$directory" ]; then
    cp -a "$directory" "$root$directory"
  elif [ -d "$directory" ]; then
    mkdir "$root$directory"
    mount --rbind "$directory" "$root$directory"
  fi
done
mkdir -m 1777 "$root/tmp" "$root/.machine"

while [ $# -gt 0 ]; do
  mkdir -p "$root$1"
  if [ "$1" = /home ]; then umount "$root/home"; fi
  mount ${2:+-o subvol="$2"} "$device" "$root$1"
  if [ "$1" = /home ]; then cp -a /home/. "$root/home/"; fi
  shift 2
done

cd "$root"
pivot_root . .machine
cd /
umount -l /.machine
rmdir /.machine
