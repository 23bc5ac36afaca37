// What servers outside the lab look like, one row each: what differs from the lab's own tidy server. Data only;
// build-lab.ts makes servers of it.
import type { ProfileTool } from './requirements.ts';

export type Profile = {
  /** What is odd about such a server, for `--help`. */
  about: string;
  /** Programs of this machine it needs beside the lab's own. */
  needs?: readonly ProfileTool[];
  /** The login shell of every user: a program's name, or a path inside the server. */
  shell?: string;
  /** Lines for sshd_config. */
  sshd?: string;
  /** Lines for sudoers, before those of the user `fleet`. */
  sudoers?: string;
  /** Directories of this machine of which the server gets a writable copy; those that do not exist are left out. */
  own?: readonly string[];
  /** The disk is the server's root. Without it, the disk's top level is mounted at /srv/pool. */
  root?: {
    /** Lines for sh, run at the top level of the new filesystem: they make its subvolumes. */
    make: string;
    /** What is mounted where, `/` first. An empty name stands for the default subvolume. */
    mounts: readonly (readonly [mountPoint: string, subvolume: string])[];
  };
  /** Size of a further btrfs that is not mounted; `run` finds its device in $SPARE. */
  spare?: string;
  /** Lines for sh, run as root in the server when its disk is mounted, before sshd starts. */
  run?: string;
};

/** What the lab's servers are by themselves. */
export const TIDY: Profile = { about: 'as the lab makes them' };

const ROWS = {
  opensuse: {
    about: 'root is the default subvolume @/.snapshots/1/snapshot, below the .snapshots that is snapper’s',
    root: {
      make: `btrfs subvolume create @
        for name in .snapshots home srv; do btrfs subvolume create @/$name; done
        mkdir @/.snapshots/1
        btrfs subvolume create @/installed
        btrfs subvolume snapshot @/installed @/.snapshots/1/snapshot
        btrfs subvolume delete @/installed
        printf '<?xml version="1.0"?>\\n<snapshot>%s</snapshot>\\n' '
  <type>single</type>
  <num>1</num>
  <date>2026-01-01 00:00:00</date>
  <description>first root filesystem</description>
' >@/.snapshots/1/info.xml
        btrfs subvolume set-default @/.snapshots/1/snapshot`,
      mounts: [
        ['/', ''],
        ['/.snapshots', '@/.snapshots'],
        ['/home', '@/home'],
        ['/srv', '@/srv'],
      ],
    },
  },
  ubuntu: {
    about: 'root is subvol=@, /home is subvol=@home; the top level is not mounted',
    root: {
      make: 'btrfs subvolume create @; btrfs subvolume create @home',
      mounts: [
        ['/', '@'],
        ['/home', '@home'],
      ],
    },
  },
  fedora: {
    about: 'root is subvol=root, /home is subvol=home; the top level is not mounted',
    root: {
      make: 'btrfs subvolume create root; btrfs subvolume create home',
      mounts: [
        ['/', 'root'],
        ['/home', 'home'],
      ],
    },
  },
  busybox: {
    about: 'every program is an applet of busybox, but for btrfs, sudo and the programs of OpenSSH',
    needs: ['busybox'],
    shell: '/bin/sh',
    run: `mkdir /run/userland
      for name in busybox btrfs sudo sshd ssh ssh-keygen; do cp -p "$(command -v $name)" /run/userland/$name; done
      for name in $(busybox --list); do ln -s busybox /run/userland/$name 2>/dev/null || true; done
      for directory in /usr/local/bin /usr/local/sbin /bin /sbin /usr/sbin /usr/bin; do
        if [ ! -L $directory ]; then /run/userland/mount --bind /run/userland $directory; fi
      done`,
  },
  fish: { about: 'the login shell of everybody is fish', needs: ['fish'], shell: 'fish' },
  autofs: {
    about: '/mnt/usb is mounted when somebody walks in; /mnt/dead never answers',
    needs: ['automount'],
    spare: '200M',
    // In the foreground: on its way into the background automount waits for a parent that it does not have here.
    run: `for name in usb dead; do
        echo "/- /run/auto.$name --timeout=2" >/run/auto.master.$name
        echo "/mnt/$name -fstype=btrfs :$SPARE" >/run/auto.$name
        setsid automount -f -C --pid-file /run/auto.pid.$name /run/auto.master.$name </dev/null >/dev/null 2>&1 &
        tries=0
        until grep -q "/mnt/$name autofs" /proc/mounts; do tries=$((tries + 1)); [ $tries -lt 200 ]; sleep 0.05; done
      done
      kill -STOP "$(cat /run/auto.pid.dead)"`,
  },
  'sudo-strict': {
    about:
      'sudo wants a terminal of fleet and a password of nosudo, lets dash start nothing further, finds another btrfs',
    sudoers: `Defaults use_pty
Defaults secure_path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
Defaults:fleet requiretty
Defaults:dash noexec
nosudo ALL=(ALL:ALL) ALL
`,
    own: ['/usr/local/sbin'],
    run: 'cp -p "$(command -v btrfs)" /run/btrfs && mv /run/btrfs /usr/local/sbin/btrfs',
  },
  'bind-mounts': {
    about:
      '/srv/pool/data is seen at /mnt/export/data (bind), /mnt/data (subvol=) and, as a directory of it, /mnt/inner',
    run: `btrfs subvolume create /srv/pool/data
      mkdir -p /srv/pool/data/inner /mnt/export/data /mnt/data /mnt/inner
      mount --bind /srv/pool/data /mnt/export/data
      mount -o subvol=data "$DISK" /mnt/data
      mount --bind /srv/pool/data/inner /mnt/inner`,
  },
  rekey: { about: 'sshd asks for new session keys after every mebibyte', sshd: 'RekeyLimit 1M\n' },
  snapper: {
    about: '/srv/pool/data has a configuration of snapper (data) and two snapshots that snapper made',
    needs: ['snapper'],
    own: ['/etc/snapper', '/etc/default', '/etc/sysconfig', '/etc/conf.d'],
    run: `btrfs subvolume create /srv/pool/data
      snapper --no-dbus -c data create-config /srv/pool/data
      for name in one two; do
        echo $name >/srv/pool/data/$name
        snapper --no-dbus -c data create --description $name
      done`,
  },
} as const satisfies Record<string, Profile>;

export type ProfileName = keyof typeof ROWS;

export const PROFILES: Readonly<Record<ProfileName, Profile>> = ROWS;

/** One for all servers, or one for each server that is named. */
export type ProfileChoice = ProfileName | Readonly<Record<string, ProfileName>>;

export const profileOf = (server: string, choice: ProfileChoice | undefined): ProfileName | undefined =>
  typeof choice === 'object' ? choice[server] : choice;

/** What a lab with these servers needs of this machine. */
export const needsOf = (choice: ProfileChoice | undefined): readonly ProfileTool[] =>
  namesOf(choice).flatMap((name) => PROFILES[name].needs ?? []);

function namesOf(choice: ProfileChoice | undefined): readonly ProfileName[] {
  if (typeof choice === 'object') return Object.values(choice);
  return choice === undefined ? [] : [choice];
}

/** `fish`, or `a=fish,b=busybox`. Throws with the profiles there are. */
export function parseProfiles(text: string): ProfileChoice {
  if (!text.includes('=')) return profileName(text);
  return Object.fromEntries(
    text.split(',').map((part) => {
      const [server = '', name = ''] = part.split('=');
      return [server, profileName(name)];
    }),
  );
}

function profileName(text: string): ProfileName {
  if (Object.hasOwn(PROFILES, text)) return text as ProfileName;
  throw new Error(`no profile ${JSON.stringify(text)}; there are: ${Object.keys(PROFILES).join(', ')}`);
}
