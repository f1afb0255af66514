module tidings/tests/bench/hubload

go 1.22
