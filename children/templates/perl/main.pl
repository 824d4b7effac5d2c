# {{title}}: a child of chatd. Your own code goes into `reply`; the rest speaks the protocol.
#
# chatd asks, the child answers, one frame at a time: a length of four bytes, big-endian, then that
# many bytes of JSON. What is printed goes to the child's log.
use strict;
use warnings;
use utf8;
use IO::Socket::UNIX;
use JSON::PP;

# What to say to a message, in Markdown; undef says nothing. This is yours.
sub reply {
    my ($text) = @_;
    my $words = () = $text =~ /\S+/g;
    return "I heard **$words** words";
}

# The outcome of a request: a result or an error.
sub answer {
    my ($method, $params) = @_;
    if ($method eq 'message') {
        my $said = eval { reply($params->{message}{content}) };
        return (result => defined $said ? { text => $said } : undef) unless $@;
        warn $@;    # people see what went wrong, the log has it, too
        return (error => { code => -32000, message => "$@" });
    }
    # initialize: $params has state and config.
    return (result => {}) if $method =~ /^(?:initialize|ping|shutdown)$/;
    return (error => { code => -32601, message => "no such method: $method" });
}

$SIG{PIPE} = 'IGNORE';    # when chatd is gone, writing fails, and the loop below ends
my $json  = JSON::PP->new->utf8;
my $chatd = IO::Socket::UNIX->new(Peer => $ENV{CHATD_SOCKET})
    or die "can't connect to CHATD_SOCKET: $!\n";
binmode $chatd;

# read() waits for all it was asked for; less is the end of the stream: chatd is gone.
my ($header, $body);
while ((read($chatd, $header, 4) // 0) == 4) {
    my $length = unpack 'N', $header;
    last if (read($chatd, $body, $length) // 0) < $length;
    my $frame = $json->decode($body);
    # A notification, such as `cancel`, is not answered: we are done with that request by now.
    next unless defined $frame->{id} && defined $frame->{method};

    my %outcome = answer($frame->{method}, $frame->{params});
    my $message = $json->encode({ jsonrpc => '2.0', id => $frame->{id}, %outcome });
    print $chatd pack('N', length $message), $message or last;    # it flushes by itself
    last if $frame->{method} eq 'shutdown';
}
