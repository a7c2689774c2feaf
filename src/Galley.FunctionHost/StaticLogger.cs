using System.Reflection;

namespace Galley.FunctionHost;

/// <summary>
/// Amazon.Lambda.Core's LambdaLogger, which anyone may call without a context, writes through actions in private fields that AWS's runtime sets when the
/// assembly comes; which of them there are depends on its version.
/// </summary>
internal static class StaticLogger
{
    public static void Begin() => AppDomain.CurrentDomain.AssemblyLoad += (_, loaded) => Set(loaded.LoadedAssembly);

    private static void Set(Assembly assembly)
    {
        if (assembly.GetType("Amazon.Lambda.Core.LambdaLogger") is not { } logger) return;
        Put("_loggingAction", new Action<string>(message => HostLog.Write("Information", message, [], null)));
        Put("_loggingWithLevelAction", new Action<string, string, object[]>((level, message, arguments) => HostLog.Write(level, message, arguments ?? [], null)));
        Put("_loggingWithLevelAndExceptionAction", new Action<string, Exception, string, object[]>((level, error, message, arguments) => HostLog.Write(level, message, arguments ?? [], error)));

        void Put(string name, Delegate action)
        {
            if (logger.GetField(name, BindingFlags.NonPublic | BindingFlags.Static) is { } field && field.FieldType == action.GetType()) field.SetValue(null, action);
        }
    }
}
