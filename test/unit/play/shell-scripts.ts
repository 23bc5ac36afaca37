/** Small scripts that real shells and the simulated one must answer alike; a few only as one of them does. */

type Script = readonly [script: string, only?: 'dash' | 'bash'];

const LANGUAGE: readonly Script[] = [
  // Quotes and parameters.
  [`echo 'a  b' "c  d" e\\ f "\\$x \\\\ \\\`" 'it'"'"'s' a""b ''`],
  ['printf "<%s>" "$@"; echo $#'],
  ['printf "<%s>" "$*"; printf "<%s>" $*'],
  ['set -f; printf "<%s>" $@; IFS=; printf "<%s>" $@'],
  ['printf "<%s>" "x$@y"; set --; printf "<%s>" "$@"; printf "<%s>" "a$@"; printf "<%s>" "" "$@"'],
  ['x="a b"; printf "<%s>" $x "$x" ${x} "${x}c" ${#x} $xy. "${x}"$x'],
  [
    'printf "<%s>" ${u-d} "${u:-d e}" ${u:-d e} "${u+no}" ${u:+no}; u=; printf "<%s>" "${u-d}" "${u:-d}" "${u+s}" "${u:+s}"',
  ],
  ['v=1; printf "<%s>" "${u:-}" ${u:-} "${u+}" "${v+}" "x${u-}" "${9:-}"; [ -n "${u:-}" ]; echo $?'],
  ['printf "<%s>" "${v:=new value}" $v; printf "<%s>" ${1+"$@"}; printf "<%s>" "${9-none}" "$0"'],
  [`x=a.b.c; echo "\${x%.*}" "\${x%%.*}" "\${x#*.}" "\${x##*.}" "\${x%"."*}" "\${x%z}" \${x#"\${x%?}"}`],
  [`x='a*b*c'; echo "\${x%"*"*}" "\${x#*'*'}" "\${x##*\\*}" "\${x%%'*'*}"`],
  [`NL='\n'; t="one\${NL}two\${NL}three"; echo "\${t%%"$NL"*}" "\${t##*"$NL"}"; echo "\${t#*"$NL"}"`],
  ['p=/a/b/c; echo ${p%/*} ${p##*/} "${p%/*}/x" "${p%/}"; p=/; echo "${p%/}" "${p:-/}"'],
  ['x="a:b::c:"; IFS=:; printf "<%s>" $x; IFS=": "; x=" a : b c:: d "; printf "<%s>" $x'],
  ['x="  lead trail  "; printf "<%s>" $x; printf "<%s>" a${x}b; y=$x; printf "<%s>" "$y"'],
  ['a=1 b=$a c="$a$b"; echo $a $b $c; a=2 sh -c \'echo $a\'; echo $a; unset a; echo "${a-gone}"'],
  [`echo \\\n continued; echo "a\\\nb"; echo 'a\\\nb' # a comment\n# another\necho a#b`],
  ['echo ~ ~/x "~" a~; x=~/y; echo $x'],
  ['x=\\*; printf "<%s>" "$x" \'*\' \\*; set -f; printf "<%s>" $x *'],
  ['echo $((1 + 2 * 3)) $(( (1+2)*3 )) $((7/2)) $((-7/2)) $((7%3)) $((1<2)) $((2==2&&0)) $((!5)) $((~5))'],
  ['x=5; echo $((x+1)) $(($x*2)) $((x = x + 3)) $x $((x += 2)) $((1 ? 2 : 3)) $((010)) $((0x1f)) $((u))'],
  ['up=12.34; echo $((${up%.*} * 100 + 1${up#*.} - 100)); echo $((9007199254740993 + 2)) $((1 << 40))'],
  [
    'echo $(echo a; echo b) "$(printf "x\\n\\n")" `echo c` "`echo "d  e"`" $(echo \')\') "$(echo "$(echo deep)")"',
  ],
  ['x=$(false); echo $?; x=$(exit 3) y=; echo $?; echo $(exit 4) $?; $(true); echo $?', 'dash'],
  [
    `cat <<END\na $((1+1)) $(echo b) \\$x \\\\ "q" 'r'\nEND\ncat <<'END'\n$x \\$y \`z\`\nEND\ncat <<-X\n\t\tindented\n\tX\necho after`,
  ],
  ['cat <<A; cat <<B\none\nA\ntwo\nB\necho three'],
  // Lists and compound commands.
  ['true && echo a || echo b; false && echo c || echo d; ! true; echo $?; ! false; echo $?'],
  ['if false; then echo a; elif true; then echo b; else echo c; fi; if false; then :; fi; echo $?'],
  ['for i in a "b c" d; do echo "$i"; done; for i; do printf "<%s>" "$i"; done; for i in; do echo no; done'],
  [
    'i=0; while [ $i -lt 5 ]; do i=$((i+1)); [ $i = 2 ] && continue; [ $i = 4 ] && break; echo $i; done; echo $?',
  ],
  [
    'for a in 1 2 3; do for b in x y; do [ $a = 2 ] && continue 2; [ $a = 3 ] && break 2; echo $a$b; done; done',
  ],
  ['until false; do echo once; break; done; while false; do :; done; echo $?'],
  [
    `case abc in a) echo 1;; a*c) echo 2;; *) echo 3;; esac; case 'a*' in 'a*') echo q;; esac; case x in (y|x) echo p; esac`,
  ],
  [
    `for w in -00- -13- 2024-02-30T a.b [ ] '!' é; do case $w in *-00-*|*-1[3-9]-*) echo A;; *[!a-z.]*) echo B;; [a-z].?) echo C;; *) echo D;; esac; done`,
  ],
  [
    `x='*'; case abc in "$x") echo no;; $x) echo yes;; esac; case a/b in *"/"*) echo slash;; esac; case '' in '') echo e;; esac`,
  ],
  [
    `case "$2" in *' '*) echo blank;; esac; case ]x in [x]]*) echo 1;; []]x) echo 2;; esac; case 5 in [[:digit:]]) echo digit;; esac`,
  ],
  [
    'f() { echo "$1:$#"; return 3; echo no; }; f a b; echo $? $#; g() { f "$@"; }; g "$@"; f() { echo new; }; f',
  ],
  ['f() { local x=2 y; x=3; y=4; echo $x; }; x=1 y=1; f; echo $x $y; h() (x=9; echo $x); h; echo $x'],
  ['x=1; (x=2; echo $x; exit 5); echo $? $x; { x=3; }; echo $x; (exit 300); echo $?'],
  ['echo a | cat | tr a b; false | true; echo $?; true | false; echo $?; ! false | false; echo $?'],
  ['echo x | { read -r a; echo "got $a"; }; x=1; echo | x=2; echo $x; echo a |\n cat &&\n echo b'],
  [
    'set -- a b c d; shift; echo $* $#; shift 2; echo "$1"; set -- "$@" e; echo $@; set x y; echo $2; set --; echo $#',
  ],
  ['set -e; false || echo a; if false; then :; fi; ! true; echo b; (false; echo no); echo no'],
  ['set -e; f() { false; echo in; }; f || echo c; f; echo no'],
  ['set -e; x=$(false); echo no'],
  ['set -u; echo ${x-ok}; echo "$x"; echo no', 'dash'],
  ['echo ${x?gone} no', 'dash'],
  ['readonly r=1; echo $r; (r=2; echo no) 2>/dev/null; echo $?', 'dash'],
  ['a=x; eval "b=\\$a; echo \\"$a \\$b\\""; eval "exit 4"; echo no'],
  ['n=1; eval "OUT_$n=\\$n CODE_$n=7"; echo "$OUT_1 $CODE_1"; eval; echo $?'],
  [
    "export E=1; sh -c 'echo \"$E\"'; F=2; sh -c 'echo \"${F-none}\"'; export F; sh -c 'echo $F'; G=3 env | grep ^G=",
  ],
  [
    'sh -c \'echo "$0 $1 $#"\' name arg; sh -c "exit 7"; echo $?; sh -c "echo a; nothing-there" 2>/dev/null; echo $?',
  ],
  ['nothing-there 2>/dev/null; echo $?; /bin/echo path; /no/such/program 2>/dev/null; echo $?'],
  ['f() { return; }; false; f; echo $?; (false; exit); echo $?; exit 3; echo no'],
  ['if true; then echo a; fi | cat; for i in 1 2; do echo $i; done | tail -n 1; { echo x; echo y; } | wc -l'],
];

const FILES: readonly Script[] = [
  ['echo a >f; echo b >>f; cat f; cat <f; : >f; cat f; echo c >|f; wc -c <f; [ -s f ] && echo s'],
  [
    '{ echo out; echo err >&2; } 2>&1 | sort; { echo x; echo y >&2; } 2>/dev/null; echo z 1>&2 2>/dev/null; echo $?',
  ],
  [
    'exec 3>f; echo three >&3; exec 3>&-; cat f; exec 4<f; read -r a <&4; echo $a; exec 4<&-; echo x >&4; echo no',
  ],
  [
    'exec 3>&1; x=$(echo caught; echo direct >&3); echo "$x"; E=$(sh -c "echo o; echo e >&2" 2>&1 >&3 3>&-); echo "[$E]"',
  ],
  [
    'cat <none 2>/dev/null; echo $?; echo x >no/such 2>/dev/null; echo $?; ls none 2>/dev/null; echo $?',
    'dash',
  ],
  [
    'f() { echo in; echo err >&2; }; f >f 2>&1; cat f; while read -r l; do echo "l:$l"; done <f; if :; then echo i; fi >g; cat g',
  ],
  [
    'mkdir d; touch d/b d/a .h "d/x y"; echo *; echo d/*; echo .h* */a; echo n*; printf "<%s>" d/x*; for f in d/[ab]; do echo $f; done',
  ],
  [
    'mkdir -p a/b/c; touch a/b/f; echo a/*/f */*; ls -A a; ls -1 a/b; ls; ls -d a; rmdir a/b/c; ls a/b; ls a/b/f a',
  ],
  [
    'mkdir d d; echo $?; mkdir -p d/e d/e && mkdir d/e 2>&1; rmdir d 2>&1; rm d 2>&1; rm -r d; ls; rm none 2>&1; rm -f none; echo $?',
  ],
  [
    'mkdir -- -d && rmdir -- -d; touch f; mkdir f/x 2>&1; mkdir -p f 2>&1; ls none 2>&1; cat none 2>&1; rmdir none 2>&1; echo $?',
  ],
  [
    'mkdir d; touch d/f; find d; find d -mindepth 1 -type f; find d -type d; find d -name "f*" -print; find d -maxdepth 0; find none 2>/dev/null; echo $?',
  ],
  [
    'echo x >a; cp a b; mv b c; cat c; mkdir d; cp a c d; ls d; mv a d/n; ls d; cp -r d e; ls e; cp d f 2>/dev/null; echo $?',
  ],
  [
    'echo x >a; ln -s a l; cat l; readlink l; readlink a; echo $?; [ -h l ] && [ -L l ] && echo link; rm l; [ -e l ]; echo $?; ln -s none l; [ -e l ]; echo $?',
  ],
  [
    'touch f; mkdir d; for t in -e -f -d -r -x -h; do [ $t f ]; printf "%s" $?; [ $t d ]; printf "%s " $?; done; chmod 755 f; [ -x f ]; echo $?',
  ],
  [
    'mkdir d; cd d; pwd | sed "s|.*/||"; cd ..; [ -d d ]; echo $?; cd none 2>/dev/null; echo $?; (cd d; touch x); ls d',
    'dash',
  ],
  [
    'command -v nothing-there || echo no; command -v cd; f() { :; }; command -v f; command echo x; command -v cat >/dev/null; echo $?',
  ],
  [
    'x=f; echo 1 >"$x"; read -r y <"$x"; echo $y; echo 2 >$x$x; cat ff; a=1 read -r b <f; echo "${a-unset} $b"',
  ],
];

const PROGRAMS: readonly Script[] = [
  ['read -r a b; echo "$a|$b"; IFS= read -r c; echo "[$c]"; read -r d; echo $? "$d"; cat'],
  ['read x; echo "$x"; read x y; echo "$x|$y"; cat'],
  [
    'IFS=: read -r a b c <<E\none:two:three:four\nE\necho "$a|$b|$c"; IFS=: read -r a b <<E\nx:\nE\necho "$a|$b"; read -r a b <<E\n  p   q r  \nE\necho "$a|$b|"',
  ],
  ['head -c 5; echo; head -n 1; cat'],
  [
    'printf "%s %d|" a 1 b 2; printf "%5d|%-5s|%05d|%x|%o|%c|%%|%.2s\\n" 42 ab 7 255 8 xyz abc; printf "a\\tb\\\\\\101\\n"; printf "%s\\n"',
  ],
  [
    `printf '%b.' 'a\\040b\\0134c' 'x\\ny'; printf '%b' 'cut\\chere' no; printf '\\n'; printf '%s' -- x; printf '[%3s]' é`,
  ],
  [
    'printf "%d" x 2>/dev/null; echo " $?"; printf "%s-%s;" a b c; printf "none\\n" a b; printf "\\0\\001" | od -An -v -tx1',
  ],
  [`echo 'a\\tb' 'c\\\\d' 'e\\0101'; echo -n x; echo 'y\\cz'`, 'dash'],
  [
    '[ a = a ]; echo $?; [ a != a ]; echo $?; [ -n "" ]; echo $?; [ -z "" ]; echo $?; [ x ]; echo $?; [ ]; echo $?; [ ! x ]; echo $?; [ = = = ]; echo $?',
  ],
  [
    '[ 2 -lt 10 ] && [ 2 -le 2 ] && [ 3 -gt -1 ] && [ 3 -ne 4 ] && [ 07 -eq 7 ] && echo n; [ 1 = 1 -a 2 = 3 ]; echo $?; [ 1 = 2 -o a ]; echo $?; [ \\( a = a \\) ]; echo $?',
  ],
  [
    '[ "2024-01" \\< "2024-02" ]; echo $?; [ b \\> a ]; echo $?; test "!" = "!"; echo $?; [ ! -e x -a ! -d y ]; echo $?; [ "(" ]; echo $?; [ -f ]; echo $?',
  ],
  ['[ x -lt 1 ] 2>/dev/null; echo $?; [ a b ] 2>/dev/null; echo $?; [ a 2>/dev/null; echo $?', 'dash'],
  [
    'seq 20 | tail -n 3; seq 3 | tail -c 3; seq 5 | tail -n +4; seq 5 | head -n 2; seq 5 | head -3 | tail -1; printf "a\\nb" | tail -n 1; seq 2 4; seq 1 2 5',
  ],
  [
    `echo a-b | tr a-c A-C; echo aab | tr -d a; printf 'a\\0b' | tr -d '\\000'; echo; echo 'a  b' | tr -s ' '; echo abc | tr '[:lower:]' '[:upper:]'; echo a:b | tr : '\\n'; echo a1b | tr -dc 0-9`,
  ],
  [
    `printf 'a/b\\nc/d' | sed 's/\\//:/'; echo; echo aaa | sed 's/a/[&]/g'; echo x=1 | sed 's/\\(.*\\)=\\(.*\\)/\\2=\\1/'; echo abc | sed 's|b|/|'; echo ab | sed -E 's/(a)(b)?/\\2\\1/'; seq 3 | sed 's/^/|/'`,
  ],
  [
    `printf '%s\\n' 'Defaults secure_path="/a:/b\\,c", x' other | sed -n 's/.*secure_path="*\\([^," ]*\\).*/\\1/p' | head -n 1 | tr -d '\\\\'; seq 5 | sed -n 2p; seq 3 | sed '/2/d'; seq 3 | sed -n '$p'`,
  ],
  [
    'printf "b\\na\\nB\\na\\n" | sort; printf "b\\na\\na\\n" | sort -u; printf "10\\n9\\n-1\\n" | sort -n; seq 3 | sort -r; printf "a\\na\\nb\\n" | uniq; printf "a\\na\\nb\\n" | uniq -c; printf "b\\0a\\0" | sort -z | tr "\\0" ,',
  ],
  [
    'echo "a b c" | cut -d " " -f 2; echo "a b c" | cut -d " " -f 2-; echo a:b:c | cut -d: -f1,3; echo none | cut -d: -f2; printf abc | wc -c; seq 3 | wc -l; echo a b | wc; echo x >f; wc -c f; wc f',
  ],
  [
    'seq 12 | grep 1; seq 5 | grep -v 3 | grep -c .; echo a.b | grep -F .; echo ab | grep -qF .; echo $?; echo foo123 | grep -Eo "[0-9]+"; grep x none 2>/dev/null; echo $?; echo "a+b" | grep "a+b"; echo ab | grep -E "^(a|x)b$"; echo x | grep -q x; echo $?',
  ],
  [
    `printf 'a b\\nc\\n' | xargs; printf 'a b\\0c\\0' | xargs -0 -n 1 echo x; : | xargs -r echo no; seq 5 | xargs -n 2; echo 1 | xargs false; echo $?`,
  ],
  [
    'printf abc | sha256sum; printf abc | sha256sum | cut -d " " -f 1; printf "hello world, this is" | od -An -v -tx1; seq 3 | tee f | wc -l; cat f',
  ],
  [
    'seq 9 | { dd bs=4 count=2 iflag=fullblock 2>/dev/null; echo "|"; cat; }; seq 9 | dd bs=3 count=1 skip=1 2>/dev/null; printf abc | dd of=f status=none; cat f; dd if=none 2>/dev/null; echo $?',
  ],
  [
    'date -u -d @0 +%Y-%m-%dT%H:%M:%S; date -u -d @1700000000 +%F_%T; date -u -d @86400 +%s; basename /a/b/; basename a.txt .txt; dirname /a/b; dirname a; dirname /; dirname /a/; basename /',
  ],
  [
    'timeout 5 echo ok; timeout 0.05 sleep 5; echo $?; timeout -s KILL 0.05 sleep 5; echo $?; timeout -k 1 9 sh -c :; echo $?; timeout 5 sh -c "exit 3"; echo $?; timeout 1 none 2>/dev/null; echo $?',
  ],
  [
    '(trap "" TERM; timeout -k 0.1 0.05 sleep 30; echo $?); timeout 0.05 sh -c "sleep 3; echo no" | cat; echo $?',
  ],
  [
    'touch l; flock -w 1 -E 75 -o l echo locked; flock l sh -c "flock -n -E 7 l echo no"; echo $?; flock -w 0.05 l sh -c "flock -w 0.05 -E 9 l true"; echo $?; flock -o /dev/null true; echo $?; flock -E 75 -o . false; echo $?',
  ],
  [
    'flock -o l sh -c ": >held; echo a; sleep 0.2; echo b" & until [ -e held ]; do sleep 0.01; done; flock l echo c; wait; setsid sh -c "echo s"; env -i A=1 sh -c \'echo "$A${HOME-none}"\'; env A=2 sh -c \'echo $A\'',
  ],
  [
    'touch l; exec 9<l; flock -n 9; echo $?; flock -n 9; echo $?; (exec 8<l; flock -n -E 7 8; echo $?); exec 9<&-; exec 8<l; flock -n -E 7 8; echo $?',
  ],
  [
    'touch l; (exec 9<l; flock 9; : >held; sleep 0.1; echo first) & until [ -e held ]; do sleep 0.01; done; exec 9<l; flock -w 5 9; echo second; wait; flock -n 7 2>/dev/null; echo $?',
  ],
  [
    'id -u; id -un; hostname >/dev/null; uname -s; true; echo $?; /bin/true; /bin/false; echo $?; env printf "%s\\n" x; /usr/bin/test a = a; echo $?; env [ a = b ]; echo $?',
  ],
];

const PROCESSES: readonly Script[] = [
  [
    'umask; umask 077; umask; mkdir -p d/e; : >d/f; echo x >>d/f; ls -ldn d d/e d/f | sed "s, .*,,"; (umask 0; mkdir o; : >p); ls -ldn o p | sed "s, .*,,"; umask go-w; umask',
  ],
  [
    'umask 027; umask go-w; umask; $(umask 0; mkdir c); ls -ldn c | sed "s, .*,,"; ln -s d/e l; mkdir -m 1777 s; ls -ldn l s | sed "s, .*,,"; ls -ln l | sed "s/.* l/l/"; set -- $(ls -ldn s); [ "$3" = "$(id -u)" ]; echo $?',
  ],
  [
    'mkdir -p a/b; ln -s a l; cd l/b && cd ..; echo "${PWD##*/}"; cd b; cd -P ..; echo "${PWD##*/}"; cd ..; cd -P -- ./l; echo "${PWD##*/}"; cd -P ../none 2>/dev/null || echo no; [ -O . ]; echo $?; [ -O none ]; echo $?',
  ],
  [
    'sleep 0.05 & p=$!; wait $p; echo $?; (exit 3) & wait $!; echo $?; wait; echo $?; wait 9999999 2>/dev/null; echo $?',
  ],
  [
    'sleep 5 & kill $!; wait $!; echo $?; sleep 5 & kill -9 $!; wait $!; echo $?; sleep 5 & kill -s KILL $!; wait $!; echo $?; kill 9999999 2>/dev/null; echo $?',
    'dash',
  ],
  ['trap "echo bye" EXIT; echo hi; exit 3'],
  ['trap "echo bye; exit 4" EXIT; (echo sub); x=$(echo s); echo $x; exit 3'],
  [
    'trap "echo term" TERM; kill $$; echo after; trap - TERM; trap "" INT; kill -INT $$; echo still; kill $$; echo no',
  ],
  [
    'trap "got=1" TERM; (until [ -e over ]; do kill $$; sleep 0.02; done) & sleep 30 & s=$!; wait $s; echo "$? $got"; : >over; kill -9 $s',
    'dash',
  ],
  ['trap "echo late" TERM; me=$$ sh -c "kill \\$me; echo sent"; echo end'],
  [
    '(trap "echo t; exit 6" TERM; : >set; while :; do sleep 0.02; done) & until [ -e set ]; do sleep 0.01; done; kill $!; wait $!; echo $?',
  ],
  [
    "echo $$ >a; sh -c 'echo $PPID' >/dev/null; (echo $$) >b; cmp a b 2>/dev/null; read -r x <a; read -r y <b; [ $x = $y ]; echo $?",
  ],
  [
    'while :; do echo y; done | head -n 2; (trap "" PIPE; while echo y; do :; done 2>/dev/null; echo end >f) | head -n 1; cat f',
  ],
  ['cat & echo "none of it"; wait; cat; { cat; echo x; } & wait'],
  ['{ echo a; sleep 0.05; echo b; } | while read -r l; do echo "[$l]"; done; exec echo replaced; echo no'],
  ['exec 3<&0 </dev/null; cat; { while read -r w; do echo "w:$w"; done; } <&3 & exec 3<&-; wait'],
  [
    'x=$(sleep 5 >/dev/null & echo $!); kill $x; echo killed; heard=$({ echo a; sleep 0.05 & } | cat); echo $heard',
  ],
  ['a() { sleep 0.02; echo "$1"; }; a 1 >f & a 2 >g & wait; cat f g; a 3 | a 4 & wait $!; echo $?', 'dash'],
  ['x=a.b.c.d; echo ${x%.*.*} ${x%%.*.*} ${x#*.*.} ${x##*.*.} ${x%*.*} ${x##*.*}'],
  ['x=aXbXcXd; echo ${x#*X*X} ${x##*X*X} ${x%X*X*} ${x%%X*X*} ${x#*q*q}'],
  [
    'case abcabcabd in *abc*abd) echo yes ;; esac; case abab in *ab*ab*ab*) echo no ;; *a*b*a*b) echo all ;; esac',
  ],
  ['case aXb in *[X]*[!X]) echo set ;; esac; case a.b.c in ?.*.?) echo one ;; esac'],
  ['case aaaaaaaaaaaaaaaaaaaab in *a*a*a*a*a*a*a*a*c) echo c ;; *a*a*b) echo b ;; esac'],
  ['exec nothing-there 2>/dev/null; echo no'],
  ['(exec sh -c "exit 5"); echo $?; exec >f; echo hidden; exec >&2; cat f'],
];

export const SCRIPTS: readonly Script[] = [...LANGUAGE, ...FILES, ...PROGRAMS, ...PROCESSES];
