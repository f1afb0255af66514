"""Addresses that outgoing connections may reach."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidings_server.delivery.egress import Egress, EgressRefused

REFUSED = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "100.100.100.200",
    "169.254.169.254",
    "168.63.129.16",
    "192.0.0.192",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b::808:808",
    "64:ff9b:1::a9fe:a9fe",
    "2002:7f00:1::1",
    "2002:a9fe:a9fe::",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:db8::1",
    "100::1",
]


@pytest.mark.parametrize("address", REFUSED)
def test_addresses_that_are_not_public_are_refused(address: str) -> None:
    with pytest.raises(EgressRefused):
        Egress().check(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "52.95.110.1", "2a00:1450:4001:830::200e", "2606:4700::1111"])
def test_public_addresses_are_allowed(address: str) -> None:
    Egress().check(address)


def test_the_operator_may_name_networks() -> None:
    egress = Egress("127.0.0.0/8, fd00::/8,64:ff9b::/96")
    assert all(map(egress.allows, ["127.0.0.1", "::ffff:127.0.0.1", "fd00::1", "64:ff9b::808:808", "8.8.8.8"]))
    assert not any(map(egress.allows, ["10.0.0.1", "::1", "169.254.169.254", "64:ff9b:1::1"]))


def test_a_network_that_is_none_is_refused_when_it_is_read() -> None:
    with pytest.raises(ValueError, match="localhost"):
        Egress("localhost")


@given(st.ip_addresses(v=4, network="10.0.0.0/8") | st.ip_addresses(v=4, network="127.0.0.0/8"))
def test_no_ipv6_form_of_a_private_address_gets_through(address: object) -> None:
    octets = bytes(map(int, str(address).split(".")))
    embedded = f"{octets[0]:02x}{octets[1]:02x}:{octets[2]:02x}{octets[3]:02x}"
    forms = [str(address), f"::ffff:{address}", f"::{address}", f"64:ff9b::{address}", f"2002:{embedded}::1"]
    assert not any(map(Egress().allows, forms))
