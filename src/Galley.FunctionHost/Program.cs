using Galley.FunctionHost;
using Galley.Functions;

// Lambda's .NET runtime for class libraries: the handler is found by the name in _HANDLER and called as its shape asks.
HostLog.Begin();
try
{
    await Function.Run(Handler.Load(Environment.GetEnvironmentVariable("_HANDLER") ?? "", Environment.GetEnvironmentVariable("LAMBDA_TASK_ROOT") ?? "."));
}
catch (HandlerException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    await Function.Refuse("LambdaValidationException", e.Message);
}
#pragma warning disable CA1031 // what the function's own start throws is reported by its name
catch (Exception e)
#pragma warning restore CA1031
{
    FunctionLog.Error(e);
    await Function.Refuse(e);
}
