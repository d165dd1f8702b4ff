using System.Reflection;

Console.WriteLine(Assembly.Load("BlockSnap").GetName());
