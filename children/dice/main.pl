# Dice: rolls when asked to ("roll 2d6+1", "roll a die", "flip a coin"), else says nothing.
#
# A child connects to CHATD_SOCKET and answers what it is asked, one frame at a time: a length of
# four bytes, big-endian, then that many bytes of JSON. ../README.md has the whole protocol.
use strict;
use warnings;
use utf8;    # for the emoji below; what goes over the socket is encoded by JSON::PP
use IO::Socket::UNIX;
use JSON::PP;

# The number of dice, of their sides, and what is added; nothing if no roll was asked for.
sub wish {
    my ($text) = @_;
    return (1, 6, 0) if $text =~ /\broll (?:a|the|one) die\b/i;
    return (2, 6, 0) if $text =~ /\broll (?:the |some |two )?dice\b/i;
    my $dice = qr/\b(\d{0,9}) ?d(\d{1,9})\b(?: *([-+]) *(\d{1,9}))?/i;
    return unless $text =~ /\broll\b[\w ]{0,20}?$dice/i;
    my $bonus = !defined $4 ? 0 : $3 eq '-' ? -$4 : $4;
    return ($1 eq '' ? 1 : $1, $2, $bonus);
}

# What to say to a message: text, or nothing to decline.
sub reply {
    my ($text) = @_;
    return '🪙 **' . (rand() < 0.5 ? 'Heads' : 'Tails') . '**'
        if $text =~ /\b(?:flip|toss) (?:a|the) coin\b/i;
    my ($count, $sides, $bonus) = wish($text) or return;
    return "🎲 My hands hold 1 to 100 dice, and my dice have 2 to 1000 sides."
        if $count < 1 || $count > 100 || $sides < 2 || $sides > 1000;

    my @rolled = map { 1 + int rand $sides } 1 .. $count;
    my $total = $bonus;
    $total += $_ for @rolled;
    my $sum = join ' + ', @rolled;
    $sum .= sprintf ' %s %d', $bonus < 0 ? '−' : '+', abs $bonus if $bonus;
    return "🎲 **$total**" . ($sum eq $total ? '' : " = $sum") . cheer($sides, @rolled);
}

# A word for the rolls that people tell each other about.
sub cheer {
    my ($sides, @rolled) = @_;
    return ' – a natural 20! ✨' if $sides == 20 && @rolled == 1 && $rolled[0] == 20;
    return ' – oh dear. 💀'      if $sides == 20 && @rolled == 1 && $rolled[0] == 1;
    return ' – all the same! 🎉' if @rolled > 1 && !grep { $_ != $rolled[0] } @rolled;
    return '';
}

# The outcome of one request: a result, or the error that says that we don't know it.
sub answer {
    my ($method, $params) = @_;
    if ($method eq 'message') {
        my $text = reply($params->{message}{content});
        return (result => defined $text ? { text => $text } : undef);    # null declines
    }
    return (result => {}) if $method =~ /^(?:initialize|ping|shutdown)$/;
    return (error => { code => -32601, message => "no such method: $method" });
}

$SIG{PIPE} = 'IGNORE';    # when chatd is gone, writing fails, and the loop below ends
my $json  = JSON::PP->new->utf8;
my $chatd = IO::Socket::UNIX->new(Peer => $ENV{CHATD_SOCKET})
    or die "can't connect to CHATD_SOCKET: $!\n";
binmode $chatd;

# read() waits for all it was asked for, or the end of the stream.
my ($header, $body);
while ((read($chatd, $header, 4) // 0) == 4) {
    read $chatd, $body, unpack 'N', $header;
    my $request = $json->decode($body);
    next unless defined $request->{id} && defined $request->{method};    # a notification

    my %outcome = answer($request->{method}, $request->{params});
    my $frame = $json->encode({ jsonrpc => '2.0', id => $request->{id}, %outcome });
    print $chatd pack('N', length $frame), $frame or last;    # IO::Socket flushes by itself
    last if $request->{method} eq 'shutdown';
}
