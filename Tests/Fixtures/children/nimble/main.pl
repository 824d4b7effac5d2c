# The least child: chatd writes its keys in a fixed order, so prefixes do for JSON.
use strict;
use warnings;
use Socket;

socket(my $chatd, PF_UNIX, SOCK_STREAM, 0) or die "socket: $!";
connect($chatd, pack_sockaddr_un($ENV{CHATD_SOCKET})) or die "connect: $!";
binmode $chatd;
$SIG{PIPE} = sub { exit 0 };  # chatd is gone

sub take {
    my ($length) = @_;
    my $data = '';
    while (length $data < $length) {
        sysread($chatd, $data, $length - length $data, length $data) or exit 0;
    }
    return $data;
}

while (1) {
    my $json = take(unpack 'N', take(4));
    next unless $json =~ /^\{"jsonrpc":"2\.0","id":(\d+),"method":"([^"]+)"/;
    my ($id, $method) = ($1, $2);
    my $result = $method eq 'message' ? '{"text":"here"}' : '{}';
    my $answer = qq({"jsonrpc":"2.0","id":$id,"result":$result});
    syswrite $chatd, pack('N', length $answer) . $answer;
    exit 0 if $method eq 'shutdown';
}
