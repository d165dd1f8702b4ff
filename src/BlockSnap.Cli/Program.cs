using BlockSnap.Cli;

using var interruption = new Interruption();
return await BlockSnapCommand.InvokeAsync(args, CommandConsole.OfProcess(), interruption.Token);
