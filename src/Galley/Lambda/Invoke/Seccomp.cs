using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Galley.Lambda.Invoke;

/// <summary>
/// The system calls that no function needs and that have opened sandboxes before: looking into other processes, the kernel's keyring,
/// namespaces and mounts, kernel code. A filter program for seccomp, as bubblewrap takes it; a refused call answers EPERM.
/// </summary>
internal static class Seccomp
{
    private const uint Allow = 0x7fff0000, Refuse = 0x00050001, Kill = 0x80000000;
    private const ushort LoadWord = 0x20, JumpEqual = 0x15, JumpNotBelow = 0x35, Return = 0x06;
    private const uint NumberAt = 0, ArchitectureAt = 4, SecondArgumentAt = 24, PushBack = 0x5412, OtherTable = 0x40000000;

    /// <summary>By name and number: x86-64, arm64.</summary>
    private static readonly (string Name, uint X64, uint Arm64)[] Calls =
    [
        ("ptrace", 101, 117), ("process_vm_readv", 310, 270), ("process_vm_writev", 311, 271), ("kcmp", 312, 272), ("pidfd_getfd", 438, 438),
        ("add_key", 248, 217), ("request_key", 249, 218), ("keyctl", 250, 219),
        ("bpf", 321, 280), ("perf_event_open", 298, 241), ("userfaultfd", 323, 282), ("io_uring_setup", 425, 425), ("io_uring_enter", 426, 426), ("io_uring_register", 427, 427),
        ("mount", 165, 40), ("umount2", 166, 39), ("pivot_root", 155, 41), ("chroot", 161, 51), ("open_tree", 428, 428), ("move_mount", 429, 429), ("fsopen", 430, 430), ("fsconfig", 431, 431),
        ("fsmount", 432, 432), ("fspick", 433, 433), ("mount_setattr", 442, 442), ("setns", 308, 268), ("unshare", 272, 97),
        ("open_by_handle_at", 304, 265), ("name_to_handle_at", 303, 264), ("kexec_load", 246, 104), ("kexec_file_load", 320, 294),
        ("init_module", 175, 105), ("finit_module", 313, 273), ("delete_module", 176, 106), ("swapon", 167, 224), ("swapoff", 168, 225), ("reboot", 169, 142), ("acct", 163, 89),
        ("quotactl", 179, 60), ("settimeofday", 164, 170), ("clock_settime", 227, 112), ("syslog", 103, 116),
    ];

    private static readonly (uint X64, uint Arm64) Ioctl = (16, 29);

    /// <summary>The program; null on processors whose numbers are not known here.</summary>
    public static byte[]? Program() => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => Write(0xC000003E, [.. Calls.Select(call => call.X64)], Ioctl.X64),
        Architecture.Arm64 => Write(0xC00000B7, [.. Calls.Select(call => call.Arm64)], Ioctl.Arm64),
        _ => null,
    };

    private static byte[] Write(uint architecture, uint[] refused, uint ioctl)
    {
        List<(ushort Code, byte True, byte False, uint Operand)> program =
        [
            (LoadWord, 0, 0, ArchitectureAt), (JumpEqual, 1, 0, architecture), (Return, 0, 0, Kill),
            (LoadWord, 0, 0, NumberAt), (JumpNotBelow, 0, 1, OtherTable), (Return, 0, 0, Refuse),
        ];
        foreach (var number in refused) program.AddRange([(JumpEqual, 0, 1, number), (Return, 0, 0, Refuse)]);
        program.AddRange([(JumpEqual, 0, 3, ioctl), (LoadWord, 0, 0, SecondArgumentAt), (JumpEqual, 0, 1, PushBack), (Return, 0, 0, Refuse), (Return, 0, 0, Allow)]);
        var bytes = new byte[program.Count * 8];
        for (var i = 0; i < program.Count; i++)
        {
            var one = bytes.AsSpan(i * 8);
            BinaryPrimitives.WriteUInt16LittleEndian(one, program[i].Code);
            (one[2], one[3]) = (program[i].True, program[i].False);
            BinaryPrimitives.WriteUInt32LittleEndian(one[4..], program[i].Operand);
        }

        return bytes;
    }
}
