# The life of one server: runs as process 1 of its own mount, network, process and hostname namespaces, gives the server
# its own accounts and directories, says "ready PID" and sleeps. When it dies, the kernel ends all that lives in it.
#   unshare --mount --net --pid --uts --fork --kill-child sh holder.sh DIRECTORY NAME
set -eu
directory=$1
name=$2

# /proc is still the machine's: this is the number by which others reach the holder.
read -r pid _ </proc/self/stat
mount -t proc proc /proc
echo "$name" >/proc/sys/kernel/hostname

# Nothing of the machine is written to: accounts, homes, logs and scratch directories are the server's own.
for file in passwd shadow group hosts nsswitch.conf sudoers pam.d ssh; do
  # A minimal system lacks one: what is empty says as little as what is not there.
  [ -e "/etc/$file" ] || : >"/etc/$file"
  mount --bind "$directory/etc/$file" "/etc/$file"
done
mount --bind "$directory/root" /root
mount --bind "$directory/home" /home
mount --bind "$directory/log" /var/log
for scratch in /run /srv /mnt /media /tmp; do
  if [ -d "$scratch" ]; then mount -t tmpfs -o mode=755 tmpfs "$scratch"; fi
done
chmod 1777 /tmp
mkdir -p /run/sshd /run/lock

echo "ready $pid"
# With this signal ignored the kernel clears away the orphans that a process 1 inherits (dash's trap cannot ignore it).
exec env --ignore-signal=CHLD sleep infinity >/dev/null 2>&1
