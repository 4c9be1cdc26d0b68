# The relay: what one ssh connection carries when it carries everything. Perl, since it is on every login node that a scheduler's commands
# or git are on, and since sh cannot wait for several streams. Its core modules only.
# Frames both ways: kind (1 byte), channel (uint32), length (uint32), body; big endian.
#   to it:  X run (NUL between arguments)  T connect (host NUL port)  U connect to a Unix socket (path)
#           L listen (address NUL port)  M listen at a Unix socket (path)
#           D input  E end of the input  K end it  W more bytes may come back  P sign of life
#   from it: S it runs (of one that listens: its port)  F it could not be started (why)  A a connection came (its channel, uint32)
#           O output  E nothing more comes, but it still takes input  R error output  Z it has ended (status, as text)  W more bytes may be sent
# Channels of connections that came have the highest bit set.
use strict;
use POSIX ();
use Socket;
use Fcntl;
use Errno qw(EAGAIN EWOULDBLOCK EINTR EINPROGRESS);

my ($in, $out, $heard, %channels, %byPid, %listeners) = ('', '', time);
my ($silence, $block, $fullOut, $longestPath, $lastCall) = (60, 1 << 18, 1 << 18, 107, 1 << 31);

sub nonblocking { my $fh = shift; fcntl($fh, F_SETFL, fcntl($fh, F_GETFL, 0) | O_NONBLOCK); }
sub tell_client { my ($kind, $id, $body) = @_; $out .= pack('aNN', $kind, $id, length $body) . $body; }
sub again { return $!{EAGAIN} || $!{EWOULDBLOCK} || $!{EINTR}; }

pipe(my $wakeR, my $wakeW); nonblocking($wakeR); nonblocking($wakeW);
$SIG{CHLD} = sub { local $!; syswrite($wakeW, '.'); };
$SIG{PIPE} = 'IGNORE';
$SIG{TERM} = $SIG{HUP} = $SIG{INT} = sub { finish(); };
nonblocking(*STDIN); nonblocking(*STDOUT);
binmode(STDIN); binmode(STDOUT);
# Of Linux: a pipe that takes more at once wakes its other end less often.
if ($^O eq 'linux') { fcntl($_, 1031, 1 << 20) for *STDIN, *STDOUT; }

sub start {
    my ($id, @words) = @_;
    pipe(my $inR, my $inW); pipe(my $outR, my $outW); pipe(my $errR, my $errW);
    my $pid = fork;
    return tell_client('F', $id, "fork: $!") unless defined $pid;
    if (!$pid) {
        setpgrp(0, 0);
        $SIG{$_} = 'DEFAULT' for qw(CHLD PIPE TERM HUP INT);
        POSIX::dup2(fileno $inR, 0); POSIX::dup2(fileno $outW, 1); POSIX::dup2(fileno $errW, 2);
        POSIX::close($_) for 3 .. 255;
        { no warnings; exec { $words[0] } @words; }
        syswrite(STDERR, "$words[0]: $!\n");
        POSIX::_exit(127);
    }
    setpgrp($pid, $pid);
    close $inR; close $outW; close $errW;
    nonblocking($_) for $inW, $outR, $errR;
    $channels{$id} = { pid => $pid, w => $inW, r => { O => $outR, R => $errR }, wb => '', window => 0 };
    $byPid{$pid} = $id;
    tell_client('S', $id, '');
}

sub dial {
    my ($id, $family, $address) = @_;
    socket(my $socket, $family, SOCK_STREAM, 0) or return tell_client('F', $id, "$!");
    nonblocking($socket);
    setsockopt($socket, Socket::IPPROTO_TCP(), Socket::TCP_NODELAY(), 1) unless $family == AF_UNIX;
    connect($socket, $address) or $!{EINPROGRESS} or return tell_client('F', $id, "$!");
    $channels{$id} = { w => $socket, r => { O => $socket }, wb => '', window => 0, dialling => 1, socket => 1 };
}

sub dial_tcp {
    my ($id, $host, $port) = @_;
    my ($error, @found) = Socket::getaddrinfo($host, $port, { socktype => SOCK_STREAM });
    return tell_client('F', $id, "$host: $error") if $error || !@found;
    my ($best) = ((grep { $_->{family} == AF_INET } @found), @found);
    dial($id, $best->{family}, $best->{addr});
}

sub dial_unix {
    my ($id, $path) = @_;
    return tell_client('F', $id, too_long($path)) if length $path > $longestPath;
    dial($id, AF_UNIX, pack_sockaddr_un($path));
}

sub too_long { return length($_[0]) . " bytes are too long for the path of a socket, which has at most $longestPath"; }

sub listen_at {
    my ($id, $family, $address, $path) = @_;
    socket(my $socket, $family, SOCK_STREAM, 0) or return tell_client('F', $id, "$!");
    nonblocking($socket);
    setsockopt($socket, SOL_SOCKET, SO_REUSEADDR, 1) unless defined $path;
    # Only the user may connect to a socket that is a file.
    my $mask = umask 0177;
    my $why = bind($socket, $address) ? '' : "$!";
    umask $mask;
    return tell_client('F', $id, $why) if length $why;
    $listeners{$id} = { socket => $socket, path => $path, deafUntil => 0 };
    if (!listen($socket, 64)) { $why = "$!"; close_listener($id); return tell_client('F', $id, $why); }
    return tell_client('S', $id, '') if defined $path;
    my (undef, undef, $port) = Socket::getnameinfo(getsockname($socket), Socket::NI_NUMERICHOST() | Socket::NI_NUMERICSERV());
    tell_client('S', $id, $port);
}

sub listen_tcp {
    my ($id, $host, $port) = @_;
    my ($error, $found) = Socket::getaddrinfo($host, $port, { socktype => SOCK_STREAM, flags => Socket::AI_PASSIVE() | Socket::AI_NUMERICHOST() });
    return tell_client('F', $id, "$host: $error") if $error || !$found;
    listen_at($id, $found->{family}, $found->{addr}, undef);
}

sub listen_unix {
    my ($id, $path) = @_;
    return tell_client('F', $id, too_long($path)) if length $path > $longestPath;
    my $address = pack_sockaddr_un($path);
    # What a relay that was killed left there is nobody's any more.
    if (-S $path && socket(my $probe, AF_UNIX, SOCK_STREAM, 0)) {
        nonblocking($probe);
        unlink $path if !connect($probe, $address) && $!{ECONNREFUSED};
    }
    listen_at($id, AF_UNIX, $address, $path);
}

sub close_listener {
    my $l = delete $listeners{shift()};
    unlink $l->{path} if defined $l->{path};
    close $l->{socket};
}

sub take_call {
    my ($id, $l) = @_;
    if (!accept(my $socket, $l->{socket})) {
        # Out of files: it would be told of this caller again and again.
        $l->{deafUntil} = time + 2 unless again() || $!{ECONNABORTED};
    } else {
        nonblocking($socket);
        setsockopt($socket, Socket::IPPROTO_TCP(), Socket::TCP_NODELAY(), 1) unless defined $l->{path};
        $channels{++$lastCall} = { w => $socket, r => { O => $socket }, wb => '', window => 0, socket => 1 };
        tell_client('A', $id, pack 'N', $lastCall);
    }
}

sub close_input {
    my $c = shift;
    return unless $c->{w};
    if ($c->{socket}) { shutdown($c->{w}, 1); } else { close $c->{w}; }
    delete $c->{w};
}

sub done {
    my ($id, $status) = @_;
    my $c = delete $channels{$id};
    close $_ for values %{$c->{r}};
    close_input($c);
    close $c->{kept} if $c->{kept};
    tell_client('Z', $id, $status);
}

sub end_it { my $c = shift; return unless $c->{pid} && !defined $c->{status}; kill 'TERM', -$c->{pid}; $c->{killAt} ||= time + 2; }

sub finish {
    close_listener($_) for keys %listeners;
    kill 'TERM', -$_ for keys %byPid;
    my $until = time + 2;
    while (%byPid && time < $until) { reap(); select(undef, undef, undef, 0.02); }
    kill 'KILL', -$_ for keys %byPid;
    exit 0;
}

sub reap {
    while ((my $pid = waitpid(-1, POSIX::WNOHANG())) > 0) {
        my $status = $? & 127 ? 128 + ($? & 127) : $? >> 8;
        my $id = delete $byPid{$pid};
        next unless defined $id && $channels{$id};
        ($channels{$id}{status}, $channels{$id}{reaped}) = ($status, time);
        close_input($channels{$id});
    }
}

sub handle {
    my ($kind, $id, $body) = @_;
    my $c = $channels{$id};
    if ($kind eq 'X') { start($id, split /\0/, $body, -1); }
    elsif ($kind eq 'T') { dial_tcp($id, split /\0/, $body); }
    elsif ($kind eq 'U') { dial_unix($id, $body); }
    elsif ($kind eq 'L') { listen_tcp($id, split /\0/, $body); }
    elsif ($kind eq 'M') { listen_unix($id, $body); }
    elsif ($listeners{$id}) { if ($kind eq 'K') { close_listener($id); tell_client('Z', $id, 0); } }
    elsif (!$c) { }
    elsif ($kind eq 'D') { if ($c->{w}) { $c->{wb} .= $body; } else { tell_client('W', $id, pack 'N', length $body); } }
    elsif ($kind eq 'E') { $c->{weof} = 1; close_input($c) unless length $c->{wb} || $c->{dialling}; }
    elsif ($kind eq 'W') { $c->{window} += unpack 'N', $body; }
    elsif ($kind eq 'K') { if ($c->{socket}) { done($id, 0); } else { end_it($c); } }
}

while (1) {
    my ($rin, $win) = ('', '');
    vec($rin, fileno STDIN, 1) = 1;
    vec($rin, fileno $wakeR, 1) = 1;
    vec($win, fileno STDOUT, 1) = 1 if length $out;
    my $wait = 5;
    for my $c (values %channels) {
        vec($win, fileno $c->{w}, 1) = 1 if $c->{w} && ($c->{dialling} || length $c->{wb});
        if ($c->{window} > 0 && length $out < $fullOut && !$c->{dialling}) { vec($rin, fileno $_, 1) = 1 for values %{$c->{r}}; }
        $wait = 0.2 if defined $c->{status} || $c->{killAt};
    }
    for my $l (values %listeners) {
        if (time < $l->{deafUntil}) { $wait = 1 if $wait > 1; } elsif (length $out < $fullOut) { vec($rin, fileno $l->{socket}, 1) = 1; }
    }
    my $found = select(my $r = $rin, my $w = $win, undef, $wait);
    ($r, $w) = ('', '') if $found <= 0;
    if (vec($r, fileno $wakeR, 1)) { sysread($wakeR, my $drop, 4096); }
    reap();
    if (vec($r, fileno STDIN, 1)) {
        my $n = sysread(STDIN, $in, 1 << 18, length $in);
        finish() if defined $n ? $n == 0 : !again();
        $heard = time;
        while (length $in >= 9) {
            my ($kind, $id, $length) = unpack 'aNN', $in;
            last if length $in < 9 + $length;
            my $body = substr $in, 9, $length;
            substr($in, 0, 9 + $length, '');
            handle($kind, $id, $body);
        }
    }
    finish() if time - $heard > $silence;
    for my $id (keys %listeners) { take_call($id, $listeners{$id}) if vec($r, fileno $listeners{$id}{socket}, 1); }
    for my $id (keys %channels) {
        my $c = $channels{$id};
        if ($c->{w} && vec($w, fileno $c->{w}, 1)) {
            if (delete $c->{dialling}) {
                my $error = unpack 'i', getsockopt($c->{w}, SOL_SOCKET, SO_ERROR);
                if ($error) { $! = $error; tell_client('F', $id, "$!"); delete $channels{$id}; next; }
                tell_client('S', $id, '');
            }
            if (length $c->{wb}) {
                my $n = syswrite($c->{w}, $c->{wb}, $block);
                if (defined $n) { substr($c->{wb}, 0, $n, ''); tell_client('W', $id, pack 'N', $n); }
                elsif (!again()) { tell_client('W', $id, pack 'N', length $c->{wb}); $c->{wb} = ''; $c->{kept} = $c->{w} if $c->{socket}; close_input($c); }
            }
            close_input($c) if $c->{weof} && !length $c->{wb};
        }
        for my $kind (keys %{$c->{r}}) {
            my $fh = $c->{r}{$kind};
            # The window may just have been used up by the other: nothing would be read then, which is not the end.
            next unless vec($r, fileno $fh, 1) && $c->{window} > 0;
            # Straight to its place: a copy less.
            my $at = length $out;
            my $n = sysread($fh, $out, $c->{window} < $block ? $c->{window} : $block, $at + 9);
            my $over = defined $n ? $n == 0 : !again();
            if ($n) { $c->{window} -= $n; substr($out, $at, 9) = pack('aNN', $kind, $id, $n); next; }
            substr($out, $at) = '' if length $out > $at;
            next unless $over;
            delete $c->{r}{$kind};
            if (!$c->{socket}) { close $fh; } elsif (defined $n) { tell_client('E', $id, ''); } else { delete $c->{w}; }
        }
        if ($c->{socket}) { done($id, 0) unless %{$c->{r}} || $c->{w}; next; }
        if ($c->{killAt} && time > $c->{killAt} && !defined $c->{status}) { kill 'KILL', -$c->{pid}; $c->{killAt} = time + 5; }
        if (defined $c->{status} && (!%{$c->{r}} || ($c->{window} > 0 && time - $c->{reaped} > 2))) { done($id, $c->{status}); }
    }
    if (length $out) {
        my $n = syswrite(STDOUT, $out, 1 << 20);
        if (defined $n) { substr($out, 0, $n, ''); } elsif (!again()) { finish(); }
    }
}
