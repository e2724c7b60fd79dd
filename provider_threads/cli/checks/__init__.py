"""What ``provider-threads doctor`` looks at, a room for each subject; none of them knows the command line."""
