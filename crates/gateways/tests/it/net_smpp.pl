# A small message centre on Debian's Net::SMPP, for the test beside this file. Says its port; then one
# line for each message: its fields, the text in hexadecimal. Answers with an id and brings a receipt.
use strict;
use warnings;
use Net::SMPP;

$| = 1;
my $listener = Net::SMPP->new_listen('127.0.0.1', port => 0, smpp_version => 0x34, async => 1) or die "listen: $!";
print $listener->sockport(), "\n";
my $client = $listener->accept() or die "accept: $!";
$client->set_version(0x34);
${*$client}{async} = 1;
my $id = 0xA0F;
while (my $pdu = $client->read_pdu()) {
    my ($cmd, $seq) = ($pdu->{cmd}, $pdu->{seq});
    if ($cmd == 0x09) {
        my $known = $pdu->{system_id} eq 'demo' && $pdu->{password} eq 'secret';
        $client->bind_transceiver_resp(system_id => 'net-smpp', seq => $seq, status => $known ? 0 : 0x0E);
    } elsif ($cmd == 0x04) {
        print join(' ', map { $pdu->{$_} } qw(source_addr_ton source_addr source_addr_npi destination_addr
            esm_class registered_delivery data_coding validity_period)), ' ', unpack('H*', $pdu->{short_message}), "\n";
        if ($pdu->{destination_addr} =~ /0011$/) {
            $client->submit_sm_resp(message_id => '', seq => $seq, status => 0x0B);
            next;
        }
        $id += 1;
        $client->submit_sm_resp(message_id => sprintf('%X', $id), seq => $seq, status => 0);
        my $stat = $pdu->{destination_addr} =~ /0002$/ ? 'UNDELIV' : 'DELIVRD';
        $client->deliver_sm(
            source_addr_ton => 1, source_addr_npi => 1, source_addr => $pdu->{destination_addr},
            destination_addr => $pdu->{source_addr}, esm_class => 4,
            short_message => sprintf('id:%010d sub:001 dlvrd:001 submit date:2511201359 done date:2511201405 stat:%s err:000 text:Hei', $id, $stat));
    } elsif ($cmd == 0x80000005) {
        print "receipt answered with $pdu->{status}\n";
    } elsif ($cmd == 0x15) {
        $client->enquire_link_resp(seq => $seq);
    } elsif ($cmd == 0x06) {
        $client->unbind_resp(seq => $seq);
        print "goodbye\n";
        exit 0;
    }
}
