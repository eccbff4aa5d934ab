// The artifact of every version. The tests that deploy it start no instances.
