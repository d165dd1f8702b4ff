using System.CommandLine;

var root = new RootCommand("Incremental redirect-on-write snapshots of virtual block disks.");
return await root.Parse(args).InvokeAsync();
