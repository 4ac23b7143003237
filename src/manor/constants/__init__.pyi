# SPDX-License-Identifier: Apache-2.0
# Written by tools/generate_constants.py: do not edit.
# ruff: noqa: S105
from enum import IntEnum, IntFlag, StrEnum

def values(library: str = "libvirt") -> dict[str, int | str]: ...

LIBVIR_VERSION_NUMBER: int
DOMAIN_BLKIO_FIELD_LENGTH: int
DOMAIN_BLOCK_STATS_FIELD_LENGTH: int
DOMAIN_MEMORY_FIELD_LENGTH: int
DOMAIN_MEMORY_PARAM_UNLIMITED: int
DOMAIN_MEMORY_STAT_LAST: int
DOMAIN_MEMORY_STAT_NR: int
DOMAIN_SCHED_FIELD_LENGTH: int
DOMAIN_SEND_KEY_MAX_KEYS: int
KEYCODE_SET_RFB: int
NODE_CPU_STATS_FIELD_LENGTH: int
NODE_MEMORY_STATS_FIELD_LENGTH: int
SECURITY_DOI_BUFLEN: int
SECURITY_LABEL_BUFLEN: int
SECURITY_MODEL_BUFLEN: int
TYPED_PARAM_FIELD_LENGTH: int
UUID_BUFLEN: int
UUID_STRING_BUFLEN: int

class AdmConnectDaemonShutdownFlags(IntFlag):
    PRESERVE = 1

class BlkioParameterType(IntEnum):
    INT = 1
    UINT = 2
    LLONG = 3
    ULLONG = 4
    DOUBLE = 5
    BOOLEAN = 6

class CPUCompareResult(IntEnum):
    ERROR = -1
    INCOMPATIBLE = 0
    IDENTICAL = 1
    SUPERSET = 2

class ClientTransport(IntEnum):
    UNIX = 0
    TCP = 1
    TLS = 2

class ConnectBaselineCPUFlags(IntFlag):
    EXPAND_FEATURES = 1
    MIGRATABLE = 2
    IGNORE_HOST = 4

class ConnectCloseReason(IntEnum):
    ERROR = 0
    EOF = 1
    KEEPALIVE = 2
    CLIENT = 3

class ConnectCompareCPUFlags(IntFlag):
    FAIL_INCOMPATIBLE = 1
    VALIDATE_XML = 2

class ConnectCredentialType(IntEnum):
    USERNAME = 1
    AUTHNAME = 2
    LANGUAGE = 3
    CNONCE = 4
    PASSPHRASE = 5
    ECHOPROMPT = 6
    NOECHOPROMPT = 7
    REALM = 8
    EXTERNAL = 9

class ConnectDomainEventAgentLifecycleReason(IntEnum):
    UNKNOWN = 0
    DOMAIN_STARTED = 1
    CHANNEL = 2

class ConnectDomainEventAgentLifecycleState(IntEnum):
    CONNECTED = 1
    DISCONNECTED = 2

class ConnectDomainEventBlockJobStatus(IntEnum):
    COMPLETED = 0
    FAILED = 1
    CANCELED = 2
    READY = 3

class ConnectDomainEventChannelLifecycleReason(IntEnum):
    UNKNOWN = 0
    DOMAIN_STARTED = 1
    CHANNEL = 2

class ConnectDomainEventChannelLifecycleState(IntEnum):
    CONNECTED = 1
    DISCONNECTED = 2

class ConnectDomainEventDiskChangeReason(IntEnum):
    CHANGE_MISSING_ON_START = 0
    DROP_MISSING_ON_START = 1

class ConnectDomainQemuMonitorEventRegisterFlags(IntFlag):
    REGEX = 1
    NOCASE = 2

class ConnectFlags(IntFlag):
    RO = 1
    NO_ALIASES = 2

class ConnectGetAllDomainStatsFlags(IntFlag):
    ACTIVE = 1
    INACTIVE = 2
    PERSISTENT = 4
    TRANSIENT = 8
    RUNNING = 16
    PAUSED = 32
    SHUTOFF = 64
    OTHER = 128
    NOWAIT = 536870912
    BACKING = 1073741824
    ENFORCE_STATS = 2147483648

class ConnectGetDomainCapabilitiesFlags(IntFlag):
    DISABLE_DEPRECATED_FEATURES = 1
    EXPAND_CPU_FEATURES = 2
    SUPPORTED_CPU_FEATURES = 4

class ConnectListAllDomainsFlags(IntFlag):
    ACTIVE = 1
    INACTIVE = 2
    PERSISTENT = 4
    TRANSIENT = 8
    RUNNING = 16
    PAUSED = 32
    SHUTOFF = 64
    OTHER = 128
    MANAGEDSAVE = 256
    NO_MANAGEDSAVE = 512
    AUTOSTART = 1024
    NO_AUTOSTART = 2048
    HAS_SNAPSHOT = 4096
    NO_SNAPSHOT = 8192
    HAS_CHECKPOINT = 16384
    NO_CHECKPOINT = 32768

class ConnectListAllInterfacesFlags(IntFlag):
    INACTIVE = 1
    ACTIVE = 2

class ConnectListAllNetworksFlags(IntFlag):
    INACTIVE = 1
    ACTIVE = 2
    PERSISTENT = 4
    TRANSIENT = 8
    AUTOSTART = 16
    NO_AUTOSTART = 32

class ConnectListAllNodeDeviceFlags(IntFlag):
    CAP_SYSTEM = 1
    CAP_PCI_DEV = 2
    CAP_USB_DEV = 4
    CAP_USB_INTERFACE = 8
    CAP_NET = 16
    CAP_SCSI_HOST = 32
    CAP_SCSI_TARGET = 64
    CAP_SCSI = 128
    CAP_STORAGE = 256
    CAP_FC_HOST = 512
    CAP_VPORTS = 1024
    CAP_SCSI_GENERIC = 2048
    CAP_DRM = 4096
    CAP_MDEV_TYPES = 8192
    CAP_MDEV = 16384
    CAP_CCW_DEV = 32768
    CAP_CSS_DEV = 65536
    CAP_VDPA = 131072
    CAP_AP_CARD = 262144
    CAP_AP_QUEUE = 524288
    CAP_AP_MATRIX = 1048576
    CAP_VPD = 2097152
    CAP_CCWGROUP_DEV = 4194304
    CAP_CCWGROUP_MEMBER = 8388608
    PERSISTENT = 268435456
    TRANSIENT = 536870912
    INACTIVE = 1073741824
    ACTIVE = 2147483648

class ConnectListAllSecretsFlags(IntFlag):
    EPHEMERAL = 1
    NO_EPHEMERAL = 2
    PRIVATE = 4
    NO_PRIVATE = 8

class ConnectListAllStoragePoolsFlags(IntFlag):
    INACTIVE = 1
    ACTIVE = 2
    PERSISTENT = 4
    TRANSIENT = 8
    AUTOSTART = 16
    NO_AUTOSTART = 32
    DIR = 64
    FS = 128
    NETFS = 256
    LOGICAL = 512
    DISK = 1024
    ISCSI = 2048
    SCSI = 4096
    MPATH = 8192
    RBD = 16384
    SHEEPDOG = 32768
    GLUSTER = 65536
    ZFS = 131072
    VSTORAGE = 262144
    ISCSI_DIRECT = 524288

class DomainAbortJobFlagsValues(IntFlag):
    POSTCOPY = 1

class DomainAgentResponseTimeoutValues(IntEnum):
    BLOCK = -2
    DEFAULT = -1
    NOWAIT = 0

class DomainAuthorizedSSHKeysSetFlags(IntFlag):
    APPEND = 1
    REMOVE = 2

class DomainBackupBeginFlags(IntFlag):
    REUSE_EXTERNAL = 1
    PRESERVE_SHUTDOWN_DOMAIN = 2

class DomainBlockCommitFlags(IntFlag):
    SHALLOW = 1
    DELETE = 2
    ACTIVE = 4
    RELATIVE = 8
    BANDWIDTH_BYTES = 16

class DomainBlockCopyFlags(IntFlag):
    SHALLOW = 1
    REUSE_EXT = 2
    TRANSIENT_JOB = 4
    SYNCHRONOUS_WRITES = 8
    TARGET_ZEROED = 16

class DomainBlockJobAbortFlags(IntFlag):
    ASYNC = 1
    PIVOT = 2

class DomainBlockJobInfoFlags(IntFlag):
    BANDWIDTH_BYTES = 1

class DomainBlockJobSetSpeedFlags(IntFlag):
    BANDWIDTH_BYTES = 1

class DomainBlockJobType(IntEnum):
    UNKNOWN = 0
    PULL = 1
    COPY = 2
    COMMIT = 3
    ACTIVE_COMMIT = 4
    BACKUP = 5

class DomainBlockPullFlags(IntFlag):
    BANDWIDTH_BYTES = 64

class DomainBlockRebaseFlags(IntFlag):
    SHALLOW = 1
    REUSE_EXT = 2
    COPY_RAW = 4
    COPY = 8
    RELATIVE = 16
    COPY_DEV = 32
    BANDWIDTH_BYTES = 64

class DomainBlockResizeFlags(IntFlag):
    BYTES = 1
    CAPACITY = 2
    EXTEND = 4

class DomainBlockedReason(IntEnum):
    UNKNOWN = 0

class DomainChannelFlags(IntFlag):
    FORCE = 1

class DomainCheckpointCreateFlags(IntFlag):
    REDEFINE = 1
    QUIESCE = 2
    REDEFINE_VALIDATE = 4

class DomainCheckpointDeleteFlags(IntFlag):
    CHILDREN = 1
    METADATA_ONLY = 2
    CHILDREN_ONLY = 4

class DomainCheckpointListFlags(IntFlag):
    DESCENDANTS = 1
    ROOTS = 1
    TOPOLOGICAL = 2
    LEAVES = 4
    NO_LEAVES = 8

class DomainCheckpointXMLFlags(IntFlag):
    SECURE = 1
    NO_DOMAIN = 2
    SIZE = 4

class DomainConsoleFlags(IntFlag):
    FORCE = 1
    SAFE = 2

class DomainControlErrorReason(IntEnum):
    NONE = 0
    UNKNOWN = 1
    MONITOR = 2
    INTERNAL = 3

class DomainControlState(IntEnum):
    OK = 0
    JOB = 1
    OCCUPIED = 2
    ERROR = 3

class DomainCoreDumpFlags(IntFlag):
    CRASH = 1
    LIVE = 2
    BYPASS_CACHE = 4
    RESET = 8
    MEMORY_ONLY = 16

class DomainCoreDumpFormat(IntEnum):
    RAW = 0
    KDUMP_ZLIB = 1
    KDUMP_LZO = 2
    KDUMP_SNAPPY = 3
    WIN_DMP = 4

class DomainCrashedReason(IntEnum):
    UNKNOWN = 0
    PANICKED = 1

class DomainCreateFlags(IntFlag):
    NONE = 0
    START_PAUSED = 1
    START_AUTODESTROY = 2
    START_BYPASS_CACHE = 4
    START_FORCE_BOOT = 8
    START_VALIDATE = 16
    START_RESET_NVRAM = 32

class DomainDefineFlags(IntFlag):
    VALIDATE = 1

class DomainDestroyFlagsValues(IntFlag):
    DEFAULT = 0
    GRACEFUL = 1
    REMOVE_LOGS = 2

class DomainDeviceModifyFlags(IntFlag):
    CURRENT = 0
    LIVE = 1
    CONFIG = 2
    FORCE = 4

class DomainDirtyRateCalcFlags(IntFlag):
    PAGE_SAMPLING = 0
    DIRTY_BITMAP = 1
    DIRTY_RING = 2

class DomainDirtyRateStatus(IntEnum):
    UNSTARTED = 0
    MEASURING = 1
    MEASURED = 2

class DomainDiskErrorCode(IntEnum):
    NONE = 0
    UNSPEC = 1
    NO_SPACE = 2

class DomainEventCrashedDetailType(IntEnum):
    PANICKED = 0
    CRASHLOADED = 1

class DomainEventDefinedDetailType(IntEnum):
    ADDED = 0
    UPDATED = 1
    RENAMED = 2
    FROM_SNAPSHOT = 3

class DomainEventGraphicsAddressType(IntEnum):
    IPV4 = 0
    IPV6 = 1
    UNIX = 2

class DomainEventGraphicsPhase(IntEnum):
    CONNECT = 0
    INITIALIZE = 1
    DISCONNECT = 2

class DomainEventID(IntEnum):
    LIFECYCLE = 0
    REBOOT = 1
    RTC_CHANGE = 2
    WATCHDOG = 3
    IO_ERROR = 4
    GRAPHICS = 5
    IO_ERROR_REASON = 6
    CONTROL_ERROR = 7
    BLOCK_JOB = 8
    DISK_CHANGE = 9
    TRAY_CHANGE = 10
    PMWAKEUP = 11
    PMSUSPEND = 12
    BALLOON_CHANGE = 13
    PMSUSPEND_DISK = 14
    DEVICE_REMOVED = 15
    BLOCK_JOB_2 = 16
    TUNABLE = 17
    AGENT_LIFECYCLE = 18
    DEVICE_ADDED = 19
    MIGRATION_ITERATION = 20
    JOB_COMPLETED = 21
    DEVICE_REMOVAL_FAILED = 22
    METADATA_CHANGE = 23
    BLOCK_THRESHOLD = 24
    MEMORY_FAILURE = 25
    MEMORY_DEVICE_SIZE_CHANGE = 26
    NIC_MAC_CHANGE = 27
    VCPU_REMOVED = 28
    CHANNEL_LIFECYCLE = 29

class DomainEventIOErrorAction(IntEnum):
    NONE = 0
    PAUSE = 1
    REPORT = 2

class DomainEventPMSuspendedDetailType(IntEnum):
    MEMORY = 0
    DISK = 1

class DomainEventResumedDetailType(IntEnum):
    UNPAUSED = 0
    MIGRATED = 1
    FROM_SNAPSHOT = 2
    POSTCOPY = 3
    POSTCOPY_FAILED = 4

class DomainEventShutdownDetailType(IntEnum):
    FINISHED = 0
    GUEST = 1
    HOST = 2

class DomainEventStartedDetailType(IntEnum):
    BOOTED = 0
    MIGRATED = 1
    RESTORED = 2
    FROM_SNAPSHOT = 3
    WAKEUP = 4
    RECREATED = 5

class DomainEventStoppedDetailType(IntEnum):
    SHUTDOWN = 0
    DESTROYED = 1
    CRASHED = 2
    MIGRATED = 3
    SAVED = 4
    FAILED = 5
    FROM_SNAPSHOT = 6
    RECREATED = 7

class DomainEventSuspendedDetailType(IntEnum):
    PAUSED = 0
    MIGRATED = 1
    IOERROR = 2
    WATCHDOG = 3
    RESTORED = 4
    FROM_SNAPSHOT = 5
    API_ERROR = 6
    POSTCOPY = 7
    POSTCOPY_FAILED = 8
    GUEST_SHUTDOWN = 9

class DomainEventTrayChangeReason(IntEnum):
    OPEN = 0
    CLOSE = 1

class DomainEventType(IntEnum):
    DEFINED = 0
    UNDEFINED = 1
    STARTED = 2
    SUSPENDED = 3
    RESUMED = 4
    STOPPED = 5
    SHUTDOWN = 6
    PMSUSPENDED = 7
    CRASHED = 8

class DomainEventUndefinedDetailType(IntEnum):
    REMOVED = 0
    RENAMED = 1

class DomainEventWatchdogAction(IntEnum):
    NONE = 0
    PAUSE = 1
    RESET = 2
    POWEROFF = 3
    SHUTDOWN = 4
    DEBUG = 5
    INJECTNMI = 6

class DomainFDAssociateFlags(IntFlag):
    SECLABEL_RESTORE = 1
    SECLABEL_WRITABLE = 2

class DomainGetHostnameFlags(IntFlag):
    LEASE = 1
    AGENT = 2

class DomainGetJobStatsFlags(IntFlag):
    COMPLETED = 1
    KEEP_COMPLETED = 2

class DomainGraphicsReloadType(IntEnum):
    ANY = 0
    VNC = 1

class DomainGuestInfoTypes(IntFlag):
    USERS = 1
    OS = 2
    TIMEZONE = 4
    HOSTNAME = 8
    FILESYSTEM = 16
    DISKS = 32
    INTERFACES = 64
    LOAD = 128
    DEVICES = 256

class DomainInterfaceAddressesSource(IntEnum):
    LEASE = 0
    AGENT = 1
    ARP = 2

class DomainJobOperation(IntEnum):
    UNKNOWN = 0
    START = 1
    SAVE = 2
    RESTORE = 3
    MIGRATION_IN = 4
    MIGRATION_OUT = 5
    SNAPSHOT = 6
    SNAPSHOT_REVERT = 7
    DUMP = 8
    BACKUP = 9
    SNAPSHOT_DELETE = 10

class DomainJobType(IntEnum):
    NONE = 0
    BOUNDED = 1
    UNBOUNDED = 2
    COMPLETED = 3
    FAILED = 4
    CANCELLED = 5

class DomainLifecycle(IntEnum):
    POWEROFF = 0
    REBOOT = 1
    CRASH = 2

class DomainLifecycleAction(IntEnum):
    DESTROY = 0
    RESTART = 1
    RESTART_RENAME = 2
    PRESERVE = 3
    COREDUMP_DESTROY = 4
    COREDUMP_RESTART = 5
    PRESERVE_RUNNING = 6

class DomainMemoryFailureActionType(IntEnum):
    IGNORE = 0
    INJECT = 1
    FATAL = 2
    RESET = 3

class DomainMemoryFailureFlags(IntFlag):
    ACTION_REQUIRED = 1
    RECURSIVE = 2

class DomainMemoryFailureRecipientType(IntEnum):
    HYPERVISOR = 0
    GUEST = 1

class DomainMemoryFlags(IntFlag):
    VIRTUAL = 1
    PHYSICAL = 2

class DomainMemoryModFlags(IntFlag):
    CURRENT = 0
    LIVE = 1
    CONFIG = 2
    MAXIMUM = 4

class DomainMemoryStatTags(IntEnum):
    SWAP_IN = 0
    SWAP_OUT = 1
    MAJOR_FAULT = 2
    MINOR_FAULT = 3
    UNUSED = 4
    AVAILABLE = 5
    ACTUAL_BALLOON = 6
    RSS = 7
    USABLE = 8
    LAST_UPDATE = 9
    DISK_CACHES = 10
    HUGETLB_PGALLOC = 11
    HUGETLB_PGFAIL = 12

class DomainMessageType(IntFlag):
    DEPRECATION = 1
    TAINTING = 2
    IOERRORS = 4

class DomainMetadataType(IntEnum):
    DESCRIPTION = 0
    TITLE = 1
    ELEMENT = 2

class DomainMigrateFlags(IntFlag):
    LIVE = 1
    PEER2PEER = 2
    TUNNELLED = 4
    PERSIST_DEST = 8
    UNDEFINE_SOURCE = 16
    PAUSED = 32
    NON_SHARED_DISK = 64
    NON_SHARED_INC = 128
    CHANGE_PROTECTION = 256
    UNSAFE = 512
    OFFLINE = 1024
    COMPRESSED = 2048
    ABORT_ON_ERROR = 4096
    AUTO_CONVERGE = 8192
    RDMA_PIN_ALL = 16384
    POSTCOPY = 32768
    TLS = 65536
    PARALLEL = 131072
    NON_SHARED_SYNCHRONOUS_WRITES = 262144
    POSTCOPY_RESUME = 524288
    ZEROCOPY = 1048576

class DomainMigrateMaxSpeedFlags(IntFlag):
    POSTCOPY = 1

class DomainModificationImpact(IntFlag):
    CURRENT = 0
    LIVE = 1
    CONFIG = 2

class DomainNostateReason(IntEnum):
    UNKNOWN = 0

class DomainNumatuneMemMode(IntEnum):
    STRICT = 0
    PREFERRED = 1
    INTERLEAVE = 2
    RESTRICTIVE = 3

class DomainOpenGraphicsFlags(IntFlag):
    SKIPAUTH = 1

class DomainPMSuspendedDiskReason(IntEnum):
    UNKNOWN = 0

class DomainPMSuspendedReason(IntEnum):
    UNKNOWN = 0

class DomainPausedReason(IntEnum):
    UNKNOWN = 0
    USER = 1
    MIGRATION = 2
    SAVE = 3
    DUMP = 4
    IOERROR = 5
    WATCHDOG = 6
    FROM_SNAPSHOT = 7
    SHUTTING_DOWN = 8
    SNAPSHOT = 9
    CRASHED = 10
    STARTING_UP = 11
    POSTCOPY = 12
    POSTCOPY_FAILED = 13
    API_ERROR = 14

class DomainProcessSignal(IntEnum):
    NOP = 0
    HUP = 1
    INT = 2
    QUIT = 3
    ILL = 4
    TRAP = 5
    ABRT = 6
    BUS = 7
    FPE = 8
    KILL = 9
    USR1 = 10
    SEGV = 11
    USR2 = 12
    PIPE = 13
    ALRM = 14
    TERM = 15
    STKFLT = 16
    CHLD = 17
    CONT = 18
    STOP = 19
    TSTP = 20
    TTIN = 21
    TTOU = 22
    URG = 23
    XCPU = 24
    XFSZ = 25
    VTALRM = 26
    PROF = 27
    WINCH = 28
    POLL = 29
    PWR = 30
    SYS = 31
    RT0 = 32
    RT1 = 33
    RT2 = 34
    RT3 = 35
    RT4 = 36
    RT5 = 37
    RT6 = 38
    RT7 = 39
    RT8 = 40
    RT9 = 41
    RT10 = 42
    RT11 = 43
    RT12 = 44
    RT13 = 45
    RT14 = 46
    RT15 = 47
    RT16 = 48
    RT17 = 49
    RT18 = 50
    RT19 = 51
    RT20 = 52
    RT21 = 53
    RT22 = 54
    RT23 = 55
    RT24 = 56
    RT25 = 57
    RT26 = 58
    RT27 = 59
    RT28 = 60
    RT29 = 61
    RT30 = 62
    RT31 = 63
    RT32 = 64

class DomainQemuAgentCommandTimeoutValues(IntEnum):
    BLOCK = -2
    MIN = -2
    DEFAULT = -1
    NOWAIT = 0
    SHUTDOWN = 60

class DomainQemuMonitorCommandFlags(IntFlag):
    DEFAULT = 0
    HMP = 1

class DomainRebootFlagValues(IntFlag):
    DEFAULT = 0
    ACPI_POWER_BTN = 1
    GUEST_AGENT = 2
    INITCTL = 4
    SIGNAL = 8
    PARAVIRT = 16

class DomainRunningReason(IntEnum):
    UNKNOWN = 0
    BOOTED = 1
    MIGRATED = 2
    RESTORED = 3
    FROM_SNAPSHOT = 4
    UNPAUSED = 5
    MIGRATION_CANCELED = 6
    SAVE_CANCELED = 7
    WAKEUP = 8
    CRASHED = 9
    POSTCOPY = 10
    POSTCOPY_FAILED = 11

class DomainSaveImageXMLFlags(IntFlag):
    SECURE = 1

class DomainSaveRestoreFlags(IntFlag):
    BYPASS_CACHE = 1
    RUNNING = 2
    PAUSED = 4
    RESET_NVRAM = 8

class DomainSetTimeFlags(IntFlag):
    SYNC = 1

class DomainSetUserPasswordFlags(IntFlag):
    ENCRYPTED = 1

class DomainSetVcpuFlags(IntFlag):
    AFFECT_CURRENT = 0
    AFFECT_LIVE = 1
    AFFECT_CONFIG = 2
    ASYNC_UNPLUG = 4

class DomainShutdownFlagValues(IntFlag):
    DEFAULT = 0
    ACPI_POWER_BTN = 1
    GUEST_AGENT = 2
    INITCTL = 4
    SIGNAL = 8
    PARAVIRT = 16

class DomainShutdownReason(IntEnum):
    UNKNOWN = 0
    USER = 1

class DomainShutoffReason(IntEnum):
    UNKNOWN = 0
    SHUTDOWN = 1
    DESTROYED = 2
    CRASHED = 3
    MIGRATED = 4
    SAVED = 5
    FAILED = 6
    FROM_SNAPSHOT = 7
    DAEMON = 8

class DomainSnapshotCreateFlags(IntFlag):
    REDEFINE = 1
    CURRENT = 2
    NO_METADATA = 4
    HALT = 8
    DISK_ONLY = 16
    REUSE_EXT = 32
    QUIESCE = 64
    ATOMIC = 128
    LIVE = 256
    VALIDATE = 512

class DomainSnapshotDeleteFlags(IntFlag):
    CHILDREN = 1
    METADATA_ONLY = 2
    CHILDREN_ONLY = 4

class DomainSnapshotListFlags(IntFlag):
    DESCENDANTS = 1
    ROOTS = 1
    METADATA = 2
    LEAVES = 4
    NO_LEAVES = 8
    NO_METADATA = 16
    INACTIVE = 32
    ACTIVE = 64
    DISK_ONLY = 128
    INTERNAL = 256
    EXTERNAL = 512
    TOPOLOGICAL = 1024

class DomainSnapshotRevertFlags(IntFlag):
    RUNNING = 1
    PAUSED = 2
    FORCE = 4
    RESET_NVRAM = 8

class DomainSnapshotXMLFlags(IntFlag):
    SECURE = 1

class DomainState(IntEnum):
    NOSTATE = 0
    RUNNING = 1
    BLOCKED = 2
    PAUSED = 3
    SHUTDOWN = 4
    SHUTOFF = 5
    CRASHED = 6
    PMSUSPENDED = 7

class DomainStatsTypes(IntFlag):
    STATE = 1
    CPU_TOTAL = 2
    BALLOON = 4
    VCPU = 8
    INTERFACE = 16
    BLOCK = 32
    PERF = 64
    IOTHREAD = 128
    MEMORY = 256
    DIRTYRATE = 512
    VM = 1024

class DomainUndefineFlagsValues(IntFlag):
    MANAGED_SAVE = 1
    SNAPSHOTS_METADATA = 2
    NVRAM = 4
    KEEP_NVRAM = 8
    CHECKPOINTS_METADATA = 16
    TPM = 32
    KEEP_TPM = 64

class DomainVcpuFlags(IntFlag):
    CURRENT = 0
    LIVE = 1
    CONFIG = 2
    MAXIMUM = 4
    GUEST = 8
    HOTPLUGGABLE = 16
    ASYNC_UNPLUG = 32

class DomainXMLFlags(IntFlag):
    SECURE = 1
    INACTIVE = 2
    UPDATE_CPU = 4
    MIGRATABLE = 8

class ErrorDomain(IntEnum):
    NONE = 0
    XEN = 1
    XEND = 2
    XENSTORE = 3
    SEXPR = 4
    XML = 5
    DOM = 6
    RPC = 7
    PROXY = 8
    CONF = 9
    QEMU = 10
    NET = 11
    TEST = 12
    REMOTE = 13
    OPENVZ = 14
    XENXM = 15
    STATS_LINUX = 16
    LXC = 17
    STORAGE = 18
    NETWORK = 19
    DOMAIN = 20
    UML = 21
    NODEDEV = 22
    XEN_INOTIFY = 23
    SECURITY = 24
    VBOX = 25
    INTERFACE = 26
    ONE = 27
    ESX = 28
    PHYP = 29
    SECRET = 30
    CPU = 31
    XENAPI = 32
    NWFILTER = 33
    HOOK = 34
    DOMAIN_SNAPSHOT = 35
    AUDIT = 36
    SYSINFO = 37
    STREAMS = 38
    VMWARE = 39
    EVENT = 40
    LIBXL = 41
    LOCKING = 42
    HYPERV = 43
    CAPABILITIES = 44
    URI = 45
    AUTH = 46
    DBUS = 47
    PARALLELS = 48
    DEVICE = 49
    SSH = 50
    LOCKSPACE = 51
    INITCTL = 52
    IDENTITY = 53
    CGROUP = 54
    ACCESS = 55
    SYSTEMD = 56
    BHYVE = 57
    CRYPTO = 58
    FIREWALL = 59
    POLKIT = 60
    THREAD = 61
    ADMIN = 62
    LOGGING = 63
    XENXL = 64
    PERF = 65
    LIBSSH = 66
    RESCTRL = 67
    FIREWALLD = 68
    DOMAIN_CHECKPOINT = 69
    TPM = 70
    BPF = 71
    CH = 72

class ErrorLevel(IntEnum):
    NONE = 0
    WARNING = 1
    ERROR = 2

class ErrorNumber(IntEnum):
    OK = 0
    INTERNAL_ERROR = 1
    NO_MEMORY = 2
    NO_SUPPORT = 3
    UNKNOWN_HOST = 4
    NO_CONNECT = 5
    INVALID_CONN = 6
    INVALID_DOMAIN = 7
    INVALID_ARG = 8
    OPERATION_FAILED = 9
    GET_FAILED = 10
    POST_FAILED = 11
    HTTP_ERROR = 12
    SEXPR_SERIAL = 13
    NO_XEN = 14
    XEN_CALL = 15
    OS_TYPE = 16
    NO_KERNEL = 17
    NO_ROOT = 18
    NO_SOURCE = 19
    NO_TARGET = 20
    NO_NAME = 21
    NO_OS = 22
    NO_DEVICE = 23
    NO_XENSTORE = 24
    DRIVER_FULL = 25
    CALL_FAILED = 26
    XML_ERROR = 27
    DOM_EXIST = 28
    OPERATION_DENIED = 29
    OPEN_FAILED = 30
    READ_FAILED = 31
    PARSE_FAILED = 32
    CONF_SYNTAX = 33
    WRITE_FAILED = 34
    XML_DETAIL = 35
    INVALID_NETWORK = 36
    NETWORK_EXIST = 37
    SYSTEM_ERROR = 38
    RPC = 39
    GNUTLS_ERROR = 40
    WAR_NO_NETWORK = 41
    NO_DOMAIN = 42
    NO_NETWORK = 43
    INVALID_MAC = 44
    AUTH_FAILED = 45
    INVALID_STORAGE_POOL = 46
    INVALID_STORAGE_VOL = 47
    WAR_NO_STORAGE = 48
    NO_STORAGE_POOL = 49
    NO_STORAGE_VOL = 50
    WAR_NO_NODE = 51
    INVALID_NODE_DEVICE = 52
    NO_NODE_DEVICE = 53
    NO_SECURITY_MODEL = 54
    OPERATION_INVALID = 55
    WAR_NO_INTERFACE = 56
    NO_INTERFACE = 57
    INVALID_INTERFACE = 58
    MULTIPLE_INTERFACES = 59
    WAR_NO_NWFILTER = 60
    INVALID_NWFILTER = 61
    NO_NWFILTER = 62
    BUILD_FIREWALL = 63
    WAR_NO_SECRET = 64
    INVALID_SECRET = 65
    NO_SECRET = 66
    CONFIG_UNSUPPORTED = 67
    OPERATION_TIMEOUT = 68
    MIGRATE_PERSIST_FAILED = 69
    HOOK_SCRIPT_FAILED = 70
    INVALID_DOMAIN_SNAPSHOT = 71
    NO_DOMAIN_SNAPSHOT = 72
    INVALID_STREAM = 73
    ARGUMENT_UNSUPPORTED = 74
    STORAGE_PROBE_FAILED = 75
    STORAGE_POOL_BUILT = 76
    SNAPSHOT_REVERT_RISKY = 77
    OPERATION_ABORTED = 78
    AUTH_CANCELLED = 79
    NO_DOMAIN_METADATA = 80
    MIGRATE_UNSAFE = 81
    OVERFLOW = 82
    BLOCK_COPY_ACTIVE = 83
    OPERATION_UNSUPPORTED = 84
    SSH = 85
    AGENT_UNRESPONSIVE = 86
    RESOURCE_BUSY = 87
    ACCESS_DENIED = 88
    DBUS_SERVICE = 89
    STORAGE_VOL_EXIST = 90
    CPU_INCOMPATIBLE = 91
    XML_INVALID_SCHEMA = 92
    MIGRATE_FINISH_OK = 93
    AUTH_UNAVAILABLE = 94
    NO_SERVER = 95
    NO_CLIENT = 96
    AGENT_UNSYNCED = 97
    LIBSSH = 98
    DEVICE_MISSING = 99
    INVALID_NWFILTER_BINDING = 100
    NO_NWFILTER_BINDING = 101
    INVALID_DOMAIN_CHECKPOINT = 102
    NO_DOMAIN_CHECKPOINT = 103
    NO_DOMAIN_BACKUP = 104
    INVALID_NETWORK_PORT = 105
    NETWORK_PORT_EXIST = 106
    NO_NETWORK_PORT = 107
    NO_HOSTNAME = 108
    CHECKPOINT_INCONSISTENT = 109
    MULTIPLE_DOMAINS = 110
    NO_NETWORK_METADATA = 111
    AGENT_COMMAND_TIMEOUT = 112
    AGENT_COMMAND_FAILED = 113
    INVALID_ENCR_KEY_SECRET = 114

class EventHandleType(IntFlag):
    READABLE = 1
    WRITABLE = 2
    ERROR = 4
    HANGUP = 8

class IPAddrType(IntEnum):
    IPV4 = 0
    IPV6 = 1

class InterfaceDefineFlags(IntFlag):
    VALIDATE = 1

class InterfaceXMLFlags(IntFlag):
    INACTIVE = 1

class KeycodeSet(IntEnum):
    LINUX = 0
    XT = 1
    ATSET1 = 2
    ATSET2 = 3
    ATSET3 = 4
    OSX = 5
    XT_KBD = 6
    USB = 7
    WIN32 = 8
    QNUM = 9

class MemoryParameterType(IntEnum):
    INT = 1
    UINT = 2
    LLONG = 3
    ULLONG = 4
    DOUBLE = 5
    BOOLEAN = 6

class NWFilterBindingCreateFlags(IntFlag):
    VALIDATE = 1

class NWFilterDefineFlags(IntFlag):
    VALIDATE = 1

class NetworkCreateFlags(IntFlag):
    VALIDATE = 1

class NetworkDefineFlags(IntFlag):
    VALIDATE = 1

class NetworkEventID(IntEnum):
    LIFECYCLE = 0
    METADATA_CHANGE = 1

class NetworkEventLifecycleType(IntEnum):
    DEFINED = 0
    UNDEFINED = 1
    STARTED = 2
    STOPPED = 3

class NetworkMetadataType(IntEnum):
    DESCRIPTION = 0
    TITLE = 1
    ELEMENT = 2

class NetworkPortCreateFlags(IntFlag):
    RECLAIM = 1
    VALIDATE = 2

class NetworkUpdateCommand(IntEnum):
    NONE = 0
    MODIFY = 1
    DELETE = 2
    ADD_LAST = 3
    ADD_FIRST = 4

class NetworkUpdateFlags(IntFlag):
    CURRENT = 0
    LIVE = 1
    CONFIG = 2

class NetworkUpdateSection(IntEnum):
    NONE = 0
    BRIDGE = 1
    DOMAIN = 2
    IP = 3
    IP_DHCP_HOST = 4
    IP_DHCP_RANGE = 5
    FORWARD = 6
    FORWARD_INTERFACE = 7
    FORWARD_PF = 8
    PORTGROUP = 9
    DNS_HOST = 10
    DNS_TXT = 11
    DNS_SRV = 12

class NetworkXMLFlags(IntFlag):
    INACTIVE = 1

class NodeAllocPagesFlags(IntFlag):
    ADD = 0
    SET = 1

class NodeDeviceCreateXMLFlags(IntFlag):
    VALIDATE = 1

class NodeDeviceDefineXMLFlags(IntFlag):
    VALIDATE = 1

class NodeDeviceEventID(IntEnum):
    LIFECYCLE = 0
    UPDATE = 1

class NodeDeviceEventLifecycleType(IntEnum):
    CREATED = 0
    DELETED = 1
    DEFINED = 2
    UNDEFINED = 3

class NodeDeviceUpdateFlags(IntFlag):
    CURRENT = 0
    LIVE = 1
    CONFIG = 2

class NodeDeviceXMLFlags(IntFlag):
    INACTIVE = 1

class NodeGetCPUStatsAllCPUs(IntEnum):
    ALL_CPUS = -1

class NodeGetMemoryStatsAllCells(IntEnum):
    ALL_CELLS = -1

class NodeSuspendTarget(IntEnum):
    MEM = 0
    DISK = 1
    HYBRID = 2

class SchedParameterType(IntEnum):
    INT = 1
    UINT = 2
    LLONG = 3
    ULLONG = 4
    DOUBLE = 5
    BOOLEAN = 6

class SecretDefineFlags(IntFlag):
    VALIDATE = 1

class SecretEventID(IntEnum):
    LIFECYCLE = 0
    VALUE_CHANGED = 1

class SecretEventLifecycleType(IntEnum):
    DEFINED = 0
    UNDEFINED = 1

class SecretUsageType(IntEnum):
    NONE = 0
    VOLUME = 1
    CEPH = 2
    ISCSI = 3
    TLS = 4
    VTPM = 5

class StoragePoolBuildFlags(IntFlag):
    NEW = 0
    REPAIR = 1
    RESIZE = 2
    NO_OVERWRITE = 4
    OVERWRITE = 8

class StoragePoolCreateFlags(IntFlag):
    NORMAL = 0
    WITH_BUILD = 1
    WITH_BUILD_OVERWRITE = 2
    WITH_BUILD_NO_OVERWRITE = 4

class StoragePoolDefineFlags(IntFlag):
    VALIDATE = 1

class StoragePoolDeleteFlags(IntFlag):
    NORMAL = 0
    ZEROED = 1

class StoragePoolEventID(IntEnum):
    LIFECYCLE = 0
    REFRESH = 1

class StoragePoolEventLifecycleType(IntEnum):
    DEFINED = 0
    UNDEFINED = 1
    STARTED = 2
    STOPPED = 3
    CREATED = 4
    DELETED = 5

class StoragePoolState(IntEnum):
    INACTIVE = 0
    BUILDING = 1
    RUNNING = 2
    DEGRADED = 3
    INACCESSIBLE = 4

class StorageVolCreateFlags(IntFlag):
    PREALLOC_METADATA = 1
    REFLINK = 2
    VALIDATE = 4

class StorageVolDeleteFlags(IntFlag):
    NORMAL = 0
    ZEROED = 1
    WITH_SNAPSHOTS = 2

class StorageVolDownloadFlags(IntFlag):
    SPARSE_STREAM = 1

class StorageVolInfoFlags(IntFlag):
    USE_ALLOCATION = 0
    GET_PHYSICAL = 1

class StorageVolResizeFlags(IntFlag):
    ALLOCATE = 1
    DELTA = 2
    SHRINK = 4

class StorageVolType(IntEnum):
    FILE = 0
    BLOCK = 1
    DIR = 2
    NETWORK = 3
    NETDIR = 4
    PLOOP = 5

class StorageVolUploadFlags(IntFlag):
    SPARSE_STREAM = 1

class StorageVolWipeAlgorithm(IntEnum):
    ZERO = 0
    NNSA = 1
    DOD = 2
    BSI = 3
    GUTMANN = 4
    SCHNEIER = 5
    PFITZNER7 = 6
    PFITZNER33 = 7
    RANDOM = 8
    TRIM = 9

class StorageXMLFlags(IntFlag):
    INACTIVE = 1

class StreamEventType(IntFlag):
    READABLE = 1
    WRITABLE = 2
    ERROR = 4
    HANGUP = 8

class StreamFlags(IntFlag):
    NONBLOCK = 1

class StreamRecvFlagsValues(IntFlag):
    STOP_AT_HOLE = 1

class TypedParameterFlags(IntFlag):
    STRING_OKAY = 4

class TypedParameterType(IntEnum):
    INT = 1
    UINT = 2
    LLONG = 3
    ULLONG = 4
    DOUBLE = 5
    BOOLEAN = 6
    STRING = 7

class VcpuHostCpuState(IntEnum):
    UNAVAILABLE = -2
    OFFLINE = -1

class VcpuState(IntEnum):
    OFFLINE = 0
    RUNNING = 1
    BLOCKED = 2

class ClientInfoField(StrEnum):
    READONLY = "readonly"
    SASL_USER_NAME = "sasl_user_name"
    SELINUX_CONTEXT = "selinux_context"
    SOCKET_ADDR = "sock_addr"
    UNIX_GROUP_ID = "unix_group_id"
    UNIX_GROUP_NAME = "unix_group_name"
    UNIX_PROCESS_ID = "unix_process_id"
    UNIX_USER_ID = "unix_user_id"
    UNIX_USER_NAME = "unix_user_name"
    X509_DISTINGUISHED_NAME = "tls_x509_dname"

class ConnectIdentityField(StrEnum):
    GROUP_NAME = "group-name"
    PROCESS_ID = "process-id"
    PROCESS_TIME = "process-time"
    SASL_USER_NAME = "sasl-user-name"
    SELINUX_CONTEXT = "selinux-context"
    UNIX_GROUP_ID = "unix-group-id"
    UNIX_USER_ID = "unix-user-id"
    USER_NAME = "user-name"
    X509_DISTINGUISHED_NAME = "x509-distinguished-name"

class DomainAnnounceInterfaceField(StrEnum):
    INITIAL = "initial"
    MAX = "max"
    ROUNDS = "rounds"
    STEP = "step"

class DomainBandwidthField(StrEnum):
    IN_AVERAGE = "inbound.average"
    IN_BURST = "inbound.burst"
    IN_FLOOR = "inbound.floor"
    IN_PEAK = "inbound.peak"
    OUT_AVERAGE = "outbound.average"
    OUT_BURST = "outbound.burst"
    OUT_PEAK = "outbound.peak"

class DomainBlkioField(StrEnum):
    DEVICE_READ_BPS = "device_read_bytes_sec"
    DEVICE_READ_IOPS = "device_read_iops_sec"
    DEVICE_WEIGHT = "device_weight"
    DEVICE_WRITE_BPS = "device_write_bytes_sec"
    DEVICE_WRITE_IOPS = "device_write_iops_sec"
    WEIGHT = "weight"

class DomainBlockCopyField(StrEnum):
    BANDWIDTH = "bandwidth"
    BUF_SIZE = "buf-size"
    GRANULARITY = "granularity"

class DomainBlockIotuneField(StrEnum):
    GROUP_NAME = "group_name"
    READ_BYTES_SEC = "read_bytes_sec"
    READ_BYTES_SEC_MAX = "read_bytes_sec_max"
    READ_BYTES_SEC_MAX_LENGTH = "read_bytes_sec_max_length"
    READ_IOPS_SEC = "read_iops_sec"
    READ_IOPS_SEC_MAX = "read_iops_sec_max"
    READ_IOPS_SEC_MAX_LENGTH = "read_iops_sec_max_length"
    SIZE_IOPS_SEC = "size_iops_sec"
    TOTAL_BYTES_SEC = "total_bytes_sec"
    TOTAL_BYTES_SEC_MAX = "total_bytes_sec_max"
    TOTAL_BYTES_SEC_MAX_LENGTH = "total_bytes_sec_max_length"
    TOTAL_IOPS_SEC = "total_iops_sec"
    TOTAL_IOPS_SEC_MAX = "total_iops_sec_max"
    TOTAL_IOPS_SEC_MAX_LENGTH = "total_iops_sec_max_length"
    WRITE_BYTES_SEC = "write_bytes_sec"
    WRITE_BYTES_SEC_MAX = "write_bytes_sec_max"
    WRITE_BYTES_SEC_MAX_LENGTH = "write_bytes_sec_max_length"
    WRITE_IOPS_SEC = "write_iops_sec"
    WRITE_IOPS_SEC_MAX = "write_iops_sec_max"
    WRITE_IOPS_SEC_MAX_LENGTH = "write_iops_sec_max_length"

class DomainBlockStatsField(StrEnum):
    ERRS = "errs"
    FLUSH_REQ = "flush_operations"
    FLUSH_TOTAL_TIMES = "flush_total_times"
    READ_BYTES = "rd_bytes"
    READ_REQ = "rd_operations"
    READ_TOTAL_TIMES = "rd_total_times"
    WRITE_BYTES = "wr_bytes"
    WRITE_REQ = "wr_operations"
    WRITE_TOTAL_TIMES = "wr_total_times"

class DomainCPUStatsField(StrEnum):
    CPUTIME = "cpu_time"
    SYSTEMTIME = "system_time"
    USERTIME = "user_time"
    VCPUTIME = "vcpu_time"

class DomainGuestInfoField(StrEnum):
    DEVICE_COUNT = "device.count"
    DEVICE_PREFIX = "device."
    DEVICE_SUFFIX_DRIVER_DATE = ".driverDate"
    DEVICE_SUFFIX_DRIVER_NAME = ".driverName"
    DEVICE_SUFFIX_DRIVER_VERSION = ".driverVersion"
    DEVICE_SUFFIX_ID_TYPE = ".idType"
    DEVICE_SUFFIX_PCI_DEVICE = ".pciDevice"
    DEVICE_SUFFIX_PCI_VENDOR = ".pciVendor"
    DISK_COUNT = "disk.count"
    DISK_PREFIX = "disk."
    DISK_SUFFIX_ALIAS = ".alias"
    DISK_SUFFIX_DEPENDENCY_COUNT = ".dependency.count"
    DISK_SUFFIX_DEPENDENCY_PREFIX = ".dependency."
    DISK_SUFFIX_DEPENDENCY_SUFFIX_NAME = ".name"
    DISK_SUFFIX_GUEST_ALIAS = ".guest_alias"
    DISK_SUFFIX_GUEST_BUS = ".guest_bus"
    DISK_SUFFIX_NAME = ".name"
    DISK_SUFFIX_PARTITION = ".partition"
    DISK_SUFFIX_SERIAL = ".serial"
    FS_COUNT = "fs.count"
    FS_PREFIX = "fs."
    FS_SUFFIX_DISK_COUNT = ".disk.count"
    FS_SUFFIX_DISK_PREFIX = ".disk."
    FS_SUFFIX_DISK_SUFFIX_ALIAS = ".alias"
    FS_SUFFIX_DISK_SUFFIX_DEVICE = ".device"
    FS_SUFFIX_DISK_SUFFIX_SERIAL = ".serial"
    FS_SUFFIX_FSTYPE = ".fstype"
    FS_SUFFIX_MOUNTPOINT = ".mountpoint"
    FS_SUFFIX_NAME = ".name"
    FS_SUFFIX_TOTAL_BYTES = ".total-bytes"
    FS_SUFFIX_USED_BYTES = ".used-bytes"
    HOSTNAME_HOSTNAME = "hostname"
    IF_COUNT = "if.count"
    IF_PREFIX = "if."
    IF_SUFFIX_ADDR_COUNT = ".addr.count"
    IF_SUFFIX_ADDR_PREFIX = ".addr."
    IF_SUFFIX_ADDR_SUFFIX_ADDR = ".addr"
    IF_SUFFIX_ADDR_SUFFIX_PREFIX = ".prefix"
    IF_SUFFIX_ADDR_SUFFIX_TYPE = ".type"
    IF_SUFFIX_HWADDR = ".hwaddr"
    IF_SUFFIX_NAME = ".name"
    LOAD_15M = "load.15m"
    LOAD_1M = "load.1m"
    LOAD_5M = "load.5m"
    OS_ID = "os.id"
    OS_KERNEL_RELEASE = "os.kernel-release"
    OS_KERNEL_VERSION = "os.kernel-version"
    OS_MACHINE = "os.machine"
    OS_NAME = "os.name"
    OS_PRETTY_NAME = "os.pretty-name"
    OS_VARIANT = "os.variant"
    OS_VARIANT_ID = "os.variant-id"
    OS_VERSION = "os.version"
    OS_VERSION_ID = "os.version-id"
    TIMEZONE_NAME = "timezone.name"
    TIMEZONE_OFFSET = "timezone.offset"
    USER_COUNT = "user.count"
    USER_PREFIX = "user."
    USER_SUFFIX_DOMAIN = ".domain"
    USER_SUFFIX_LOGIN_TIME = ".login-time"
    USER_SUFFIX_NAME = ".name"

class DomainIOThreadField(StrEnum):
    POLL_GROW = "poll_grow"
    POLL_MAX_NS = "poll_max_ns"
    POLL_SHRINK = "poll_shrink"
    POLL_WEIGHT = "poll_weight"
    THREAD_POOL_MAX = "thread_pool_max"
    THREAD_POOL_MIN = "thread_pool_min"

class DomainJobField(StrEnum):
    AUTO_CONVERGE_THROTTLE = "auto_converge_throttle"
    COMPRESSION_BYTES = "compression_bytes"
    COMPRESSION_CACHE = "compression_cache"
    COMPRESSION_CACHE_MISSES = "compression_cache_misses"
    COMPRESSION_OVERFLOW = "compression_overflow"
    COMPRESSION_PAGES = "compression_pages"
    DATA_PROCESSED = "data_processed"
    DATA_REMAINING = "data_remaining"
    DATA_TOTAL = "data_total"
    DISK_BPS = "disk_bps"
    DISK_PROCESSED = "disk_processed"
    DISK_REMAINING = "disk_remaining"
    DISK_TEMP_TOTAL = "disk_temp_total"
    DISK_TEMP_USED = "disk_temp_used"
    DISK_TOTAL = "disk_total"
    DOWNTIME = "downtime"
    DOWNTIME_NET = "downtime_net"
    ERRMSG = "errmsg"
    MEMORY_BPS = "memory_bps"
    MEMORY_CONSTANT = "memory_constant"
    MEMORY_DIRTY_RATE = "memory_dirty_rate"
    MEMORY_ITERATION = "memory_iteration"
    MEMORY_NORMAL = "memory_normal"
    MEMORY_NORMAL_BYTES = "memory_normal_bytes"
    MEMORY_PAGE_SIZE = "memory_page_size"
    MEMORY_POSTCOPY_REQS = "memory_postcopy_requests"
    MEMORY_PROCESSED = "memory_processed"
    MEMORY_REMAINING = "memory_remaining"
    MEMORY_TOTAL = "memory_total"
    OPERATION = "operation"
    SETUP_TIME = "setup_time"
    SUCCESS = "success"
    TIME_ELAPSED = "time_elapsed"
    TIME_ELAPSED_NET = "time_elapsed_net"
    TIME_REMAINING = "time_remaining"
    VFIO_DATA_TRANSFERRED = "vfio_data_transferred"

class DomainLaunchSecurityField(StrEnum):
    SEV_API_MAJOR = "sev-api-major"
    SEV_API_MINOR = "sev-api-minor"
    SEV_BUILD_ID = "sev-build-id"
    SEV_MEASUREMENT = "sev-measurement"
    SEV_POLICY = "sev-policy"
    SEV_SECRET = "sev-secret"
    SEV_SECRET_HEADER = "sev-secret-header"
    SEV_SECRET_SET_ADDRESS = "sev-secret-set-address"
    SEV_SNP_POLICY = "sev-snp-policy"

class DomainMemoryField(StrEnum):
    HARD_LIMIT = "hard_limit"
    MIN_GUARANTEE = "min_guarantee"
    SOFT_LIMIT = "soft_limit"
    SWAP_HARD_LIMIT = "swap_hard_limit"

class DomainNumaField(StrEnum):
    MODE = "numa_mode"
    NODESET = "numa_nodeset"

class DomainSaveField(StrEnum):
    DXML = "dxml"
    FILE = "file"
    IMAGE_FORMAT = "image_format"
    IMAGE_FORMAT_BZIP2 = "bzip2"
    IMAGE_FORMAT_GZIP = "gzip"
    IMAGE_FORMAT_LZOP = "lzop"
    IMAGE_FORMAT_RAW = "raw"
    IMAGE_FORMAT_SPARSE = "sparse"
    IMAGE_FORMAT_XZ = "xz"
    IMAGE_FORMAT_ZSTD = "zstd"
    PARALLEL_CHANNELS = "parallel.channels"

class DomainSchedulerField(StrEnum):
    CAP = "cap"
    CPU_SHARES = "cpu_shares"
    EMULATOR_PERIOD = "emulator_period"
    EMULATOR_QUOTA = "emulator_quota"
    GLOBAL_PERIOD = "global_period"
    GLOBAL_QUOTA = "global_quota"
    IOTHREAD_PERIOD = "iothread_period"
    IOTHREAD_QUOTA = "iothread_quota"
    LIMIT = "limit"
    RESERVATION = "reservation"
    SHARES = "shares"
    VCPU_PERIOD = "vcpu_period"
    VCPU_QUOTA = "vcpu_quota"
    WEIGHT = "weight"

class DomainStatsField(StrEnum):
    BALLOON_AVAILABLE = "balloon.available"
    BALLOON_CURRENT = "balloon.current"
    BALLOON_DISK_CACHES = "balloon.disk_caches"
    BALLOON_HUGETLB_PGALLOC = "balloon.hugetlb_pgalloc"
    BALLOON_HUGETLB_PGFAIL = "balloon.hugetlb_pgfail"
    BALLOON_LAST_UPDATE = "balloon.last-update"
    BALLOON_MAJOR_FAULT = "balloon.major_fault"
    BALLOON_MAXIMUM = "balloon.maximum"
    BALLOON_MINOR_FAULT = "balloon.minor_fault"
    BALLOON_RSS = "balloon.rss"
    BALLOON_SWAP_IN = "balloon.swap_in"
    BALLOON_SWAP_OUT = "balloon.swap_out"
    BALLOON_UNUSED = "balloon.unused"
    BALLOON_USABLE = "balloon.usable"
    BLOCK_COUNT = "block.count"
    BLOCK_PREFIX = "block."
    BLOCK_SUFFIX_ALLOCATION = ".allocation"
    BLOCK_SUFFIX_BACKINGINDEX = ".backingIndex"
    BLOCK_SUFFIX_CAPACITY = ".capacity"
    BLOCK_SUFFIX_ERRORS = ".errors"
    BLOCK_SUFFIX_FL_REQS = ".fl.reqs"
    BLOCK_SUFFIX_FL_TIMES = ".fl.times"
    BLOCK_SUFFIX_LATENCY_HISTOGRAM_FLUSH_PREFIX = ".latency_histogram.flush."
    BLOCK_SUFFIX_LATENCY_HISTOGRAM_READ_PREFIX = ".latency_histogram.read."
    BLOCK_SUFFIX_LATENCY_HISTOGRAM_SUFFIX_BIN_COUNT = "bin.count"
    BLOCK_SUFFIX_LATENCY_HISTOGRAM_SUFFIX_BIN_PREFIX = "bin."
    BLOCK_SUFFIX_LATENCY_HISTOGRAM_SUFFIX_BIN_SUFFIX_START = ".start"
    BLOCK_SUFFIX_LATENCY_HISTOGRAM_SUFFIX_BIN_SUFFIX_VALUE = ".value"
    BLOCK_SUFFIX_LATENCY_HISTOGRAM_WRITE_PREFIX = ".latency_histogram.write."
    BLOCK_SUFFIX_LATENCY_HISTOGRAM_ZONE_APPEND_PREFIX = ".latency_histogram.zone_append."
    BLOCK_SUFFIX_LIMITS_DISCARD_ALIGNMENT = ".limits.discard_alignment"
    BLOCK_SUFFIX_LIMITS_DISCARD_MAX = ".limits.discard_max"
    BLOCK_SUFFIX_LIMITS_IOV_HW_MAX = ".limits.iov_hw_max"
    BLOCK_SUFFIX_LIMITS_IOV_MAX = ".limits.iov_max"
    BLOCK_SUFFIX_LIMITS_MEMORY_ALIGNMENT_MINIMAL = ".limits.memory_alignment_minimal"
    BLOCK_SUFFIX_LIMITS_MEMORY_ALIGNMENT_OPTIMAL = ".limits.memory_alignment_optimal"
    BLOCK_SUFFIX_LIMITS_REQUEST_ALIGNMENT = ".limits.request_alignment"
    BLOCK_SUFFIX_LIMITS_TRANSFER_HW_MAX = ".limits.transfer_hw_max"
    BLOCK_SUFFIX_LIMITS_TRANSFER_MAX = ".limits.transfer_max"
    BLOCK_SUFFIX_LIMITS_TRANSFER_OPTIMAL = ".limits.transfer_optimal"
    BLOCK_SUFFIX_LIMITS_WRITE_ZEROES_ALIGNMENT = ".limits.write_zeroes_alignment"
    BLOCK_SUFFIX_LIMITS_WRITE_ZEROES_MAX = ".limits.write_zeroes_max"
    BLOCK_SUFFIX_NAME = ".name"
    BLOCK_SUFFIX_PATH = ".path"
    BLOCK_SUFFIX_PHYSICAL = ".physical"
    BLOCK_SUFFIX_RD_BYTES = ".rd.bytes"
    BLOCK_SUFFIX_RD_REQS = ".rd.reqs"
    BLOCK_SUFFIX_RD_TIMES = ".rd.times"
    BLOCK_SUFFIX_THRESHOLD = ".threshold"
    BLOCK_SUFFIX_TIMED_GROUP_COUNT = ".timed_group.count"
    BLOCK_SUFFIX_TIMED_GROUP_PREFIX = ".timed_group."
    BLOCK_SUFFIX_TIMED_GROUP_SUFFIX_FLUSH_LATENCY_AVG = ".flush_latency_avg"
    BLOCK_SUFFIX_TIMED_GROUP_SUFFIX_FLUSH_LATENCY_MAX = ".flush_latency_max"
    BLOCK_SUFFIX_TIMED_GROUP_SUFFIX_FLUSH_LATENCY_MIN = ".flush_latency_min"
    BLOCK_SUFFIX_TIMED_GROUP_SUFFIX_INTERVAL = ".interval"
    BLOCK_SUFFIX_TIMED_GROUP_SUFFIX_RD_LATENCY_AVG = ".rd_latency_avg"
    BLOCK_SUFFIX_TIMED_GROUP_SUFFIX_RD_LATENCY_MAX = ".rd_latency_max"
    BLOCK_SUFFIX_TIMED_GROUP_SUFFIX_RD_LATENCY_MIN = ".rd_latency_min"
    BLOCK_SUFFIX_TIMED_GROUP_SUFFIX_RD_QUEUE_DEPTH_AVG = ".rd_queue_depth_avg"
    BLOCK_SUFFIX_TIMED_GROUP_SUFFIX_WR_LATENCY_AVG = ".wr_latency_avg"
    BLOCK_SUFFIX_TIMED_GROUP_SUFFIX_WR_LATENCY_MAX = ".wr_latency_max"
    BLOCK_SUFFIX_TIMED_GROUP_SUFFIX_WR_LATENCY_MIN = ".wr_latency_min"
    BLOCK_SUFFIX_TIMED_GROUP_SUFFIX_WR_QUEUE_DEPTH_AVG = ".wr_queue_depth_avg"
    BLOCK_SUFFIX_TIMED_GROUP_SUFFIX_ZONE_APPEND_LATENCY_AVG = ".zone_append_latency_avg"
    BLOCK_SUFFIX_TIMED_GROUP_SUFFIX_ZONE_APPEND_LATENCY_MAX = ".zone_append_latency_max"
    BLOCK_SUFFIX_TIMED_GROUP_SUFFIX_ZONE_APPEND_LATENCY_MIN = ".zone_append_latency_min"
    BLOCK_SUFFIX_TIMED_GROUP_SUFFIX_ZONE_APPEND_QUEUE_DEPTH_AVG = ".zone_append_queue_depth_avg"
    BLOCK_SUFFIX_WR_BYTES = ".wr.bytes"
    BLOCK_SUFFIX_WR_REQS = ".wr.reqs"
    BLOCK_SUFFIX_WR_TIMES = ".wr.times"
    CPU_CACHE_MONITOR_COUNT = "cpu.cache.monitor.count"
    CPU_CACHE_MONITOR_PREFIX = "cpu.cache.monitor."
    CPU_CACHE_MONITOR_SUFFIX_BANK_COUNT = ".bank.count"
    CPU_CACHE_MONITOR_SUFFIX_BANK_PREFIX = ".bank."
    CPU_CACHE_MONITOR_SUFFIX_BANK_SUFFIX_BYTES = ".bytes"
    CPU_CACHE_MONITOR_SUFFIX_BANK_SUFFIX_ID = ".id"
    CPU_CACHE_MONITOR_SUFFIX_NAME = ".name"
    CPU_CACHE_MONITOR_SUFFIX_VCPUS = ".vcpus"
    CPU_ENERGY_MONITOR_COUNT = "cpu.energy.monitor.count"
    CPU_ENERGY_MONITOR_PREFIX = "cpu.energy.monitor."
    CPU_ENERGY_MONITOR_SUFFIX_NAME = ".name"
    CPU_ENERGY_MONITOR_SUFFIX_PKG_COUNT = ".pkg.count"
    CPU_ENERGY_MONITOR_SUFFIX_PKG_PREFIX = ".pkg."
    CPU_ENERGY_MONITOR_SUFFIX_PKG_SUFFIX_ID = ".id"
    CPU_ENERGY_MONITOR_SUFFIX_VCPUS = ".vcpus"
    CPU_HALTPOLL_FAIL_TIME = "cpu.haltpoll.fail.time"
    CPU_HALTPOLL_SUCCESS_TIME = "cpu.haltpoll.success.time"
    CPU_SYSTEM = "cpu.system"
    CPU_TIME = "cpu.time"
    CPU_USER = "cpu.user"
    CUSTOM_SUFFIX_TYPE_CUR = ".cur"
    CUSTOM_SUFFIX_TYPE_MAX = ".max"
    CUSTOM_SUFFIX_TYPE_SUM = ".sum"
    DIRTYRATE_CALC_MODE = "dirtyrate.calc_mode"
    DIRTYRATE_CALC_PERIOD = "dirtyrate.calc_period"
    DIRTYRATE_CALC_START_TIME = "dirtyrate.calc_start_time"
    DIRTYRATE_CALC_STATUS = "dirtyrate.calc_status"
    DIRTYRATE_MEGABYTES_PER_SECOND = "dirtyrate.megabytes_per_second"
    DIRTYRATE_VCPU_PREFIX = "dirtyrate.vcpu."
    DIRTYRATE_VCPU_SUFFIX_MEGABYTES_PER_SECOND = ".megabytes_per_second"
    IOTHREAD_COUNT = "iothread.count"
    IOTHREAD_PREFIX = "iothread."
    IOTHREAD_SUFFIX_POLL_GROW = ".poll-grow"
    IOTHREAD_SUFFIX_POLL_MAX_NS = ".poll-max-ns"
    IOTHREAD_SUFFIX_POLL_SHRINK = ".poll-shrink"
    IOTHREAD_SUFFIX_POLL_WEIGHT = ".poll-weight"
    MEMORY_BANDWIDTH_MONITOR_COUNT = "memory.bandwidth.monitor.count"
    MEMORY_BANDWIDTH_MONITOR_PREFIX = "memory.bandwidth.monitor."
    MEMORY_BANDWIDTH_MONITOR_SUFFIX_NAME = ".name"
    MEMORY_BANDWIDTH_MONITOR_SUFFIX_NODE_COUNT = ".node.count"
    MEMORY_BANDWIDTH_MONITOR_SUFFIX_NODE_PREFIX = ".node."
    MEMORY_BANDWIDTH_MONITOR_SUFFIX_NODE_SUFFIX_BYTES_LOCAL = ".bytes.local"
    MEMORY_BANDWIDTH_MONITOR_SUFFIX_NODE_SUFFIX_BYTES_TOTAL = ".bytes.total"
    MEMORY_BANDWIDTH_MONITOR_SUFFIX_NODE_SUFFIX_ID = ".id"
    MEMORY_BANDWIDTH_MONITOR_SUFFIX_VCPUS = ".vcpus"
    NET_COUNT = "net.count"
    NET_PREFIX = "net."
    NET_SUFFIX_NAME = ".name"
    NET_SUFFIX_RX_BYTES = ".rx.bytes"
    NET_SUFFIX_RX_DROP = ".rx.drop"
    NET_SUFFIX_RX_ERRS = ".rx.errs"
    NET_SUFFIX_RX_PKTS = ".rx.pkts"
    NET_SUFFIX_TX_BYTES = ".tx.bytes"
    NET_SUFFIX_TX_DROP = ".tx.drop"
    NET_SUFFIX_TX_ERRS = ".tx.errs"
    NET_SUFFIX_TX_PKTS = ".tx.pkts"
    PERF_ALIGNMENT_FAULTS = "perf.alignment_faults"
    PERF_BRANCH_INSTRUCTIONS = "perf.branch_instructions"
    PERF_BRANCH_MISSES = "perf.branch_misses"
    PERF_BUS_CYCLES = "perf.bus_cycles"
    PERF_CACHE_MISSES = "perf.cache_misses"
    PERF_CACHE_REFERENCES = "perf.cache_references"
    PERF_CMT = "perf.cmt"
    PERF_CONTEXT_SWITCHES = "perf.context_switches"
    PERF_CPU_CLOCK = "perf.cpu_clock"
    PERF_CPU_CYCLES = "perf.cpu_cycles"
    PERF_CPU_MIGRATIONS = "perf.cpu_migrations"
    PERF_EMULATION_FAULTS = "perf.emulation_faults"
    PERF_INSTRUCTIONS = "perf.instructions"
    PERF_MBML = "perf.mbml"
    PERF_MBMT = "perf.mbmt"
    PERF_PAGE_FAULTS = "perf.page_faults"
    PERF_PAGE_FAULTS_MAJ = "perf.page_faults_maj"
    PERF_PAGE_FAULTS_MIN = "perf.page_faults_min"
    PERF_REF_CPU_CYCLES = "perf.ref_cpu_cycles"
    PERF_STALLED_CYCLES_BACKEND = "perf.stalled_cycles_backend"
    PERF_STALLED_CYCLES_FRONTEND = "perf.stalled_cycles_frontend"
    PERF_TASK_CLOCK = "perf.task_clock"
    STATE_REASON = "state.reason"
    STATE_STATE = "state.state"
    VCPU_CURRENT = "vcpu.current"
    VCPU_MAXIMUM = "vcpu.maximum"
    VCPU_PREFIX = "vcpu."
    VCPU_SUFFIX_DELAY = ".delay"
    VCPU_SUFFIX_HALTED = ".halted"
    VCPU_SUFFIX_STATE = ".state"
    VCPU_SUFFIX_TIME = ".time"
    VCPU_SUFFIX_WAIT = ".wait"
    VM_PREFIX = "vm."

class DomainTunableField(StrEnum):
    BLKDEV_DISK = "blkdeviotune.disk"
    BLKDEV_GROUP_NAME = "blkdeviotune.group_name"
    BLKDEV_READ_BYTES_SEC = "blkdeviotune.read_bytes_sec"
    BLKDEV_READ_BYTES_SEC_MAX = "blkdeviotune.read_bytes_sec_max"
    BLKDEV_READ_BYTES_SEC_MAX_LENGTH = "blkdeviotune.read_bytes_sec_max_length"
    BLKDEV_READ_IOPS_SEC = "blkdeviotune.read_iops_sec"
    BLKDEV_READ_IOPS_SEC_MAX = "blkdeviotune.read_iops_sec_max"
    BLKDEV_READ_IOPS_SEC_MAX_LENGTH = "blkdeviotune.read_iops_sec_max_length"
    BLKDEV_SIZE_IOPS_SEC = "blkdeviotune.size_iops_sec"
    BLKDEV_TOTAL_BYTES_SEC = "blkdeviotune.total_bytes_sec"
    BLKDEV_TOTAL_BYTES_SEC_MAX = "blkdeviotune.total_bytes_sec_max"
    BLKDEV_TOTAL_BYTES_SEC_MAX_LENGTH = "blkdeviotune.total_bytes_sec_max_length"
    BLKDEV_TOTAL_IOPS_SEC = "blkdeviotune.total_iops_sec"
    BLKDEV_TOTAL_IOPS_SEC_MAX = "blkdeviotune.total_iops_sec_max"
    BLKDEV_TOTAL_IOPS_SEC_MAX_LENGTH = "blkdeviotune.total_iops_sec_max_length"
    BLKDEV_WRITE_BYTES_SEC = "blkdeviotune.write_bytes_sec"
    BLKDEV_WRITE_BYTES_SEC_MAX = "blkdeviotune.write_bytes_sec_max"
    BLKDEV_WRITE_BYTES_SEC_MAX_LENGTH = "blkdeviotune.write_bytes_sec_max_length"
    BLKDEV_WRITE_IOPS_SEC = "blkdeviotune.write_iops_sec"
    BLKDEV_WRITE_IOPS_SEC_MAX = "blkdeviotune.write_iops_sec_max"
    BLKDEV_WRITE_IOPS_SEC_MAX_LENGTH = "blkdeviotune.write_iops_sec_max_length"
    CPU_CPU_SHARES = "cputune.cpu_shares"
    CPU_EMULATORPIN = "cputune.emulatorpin"
    CPU_EMULATOR_PERIOD = "cputune.emulator_period"
    CPU_EMULATOR_QUOTA = "cputune.emulator_quota"
    CPU_GLOBAL_PERIOD = "cputune.global_period"
    CPU_GLOBAL_QUOTA = "cputune.global_quota"
    CPU_IOTHREADSPIN = "cputune.iothreadpin%u"
    CPU_IOTHREAD_PERIOD = "cputune.iothread_period"
    CPU_IOTHREAD_QUOTA = "cputune.iothread_quota"
    CPU_VCPUPIN = "cputune.vcpupin%u"
    CPU_VCPU_PERIOD = "cputune.vcpu_period"
    CPU_VCPU_QUOTA = "cputune.vcpu_quota"

class MigrateField(StrEnum):
    AUTO_CONVERGE_INCREMENT = "auto_converge.increment"
    AUTO_CONVERGE_INITIAL = "auto_converge.initial"
    BANDWIDTH = "bandwidth"
    BANDWIDTH_AVAIL_SWITCHOVER = "bandwidth.avail.switchover"
    BANDWIDTH_POSTCOPY = "bandwidth.postcopy"
    COMPRESSION = "compression"
    COMPRESSION_MT_DTHREADS = "compression.mt.dthreads"
    COMPRESSION_MT_LEVEL = "compression.mt.level"
    COMPRESSION_MT_THREADS = "compression.mt.threads"
    COMPRESSION_XBZRLE_CACHE = "compression.xbzrle.cache"
    COMPRESSION_ZLIB_LEVEL = "compression.zlib.level"
    COMPRESSION_ZSTD_LEVEL = "compression.zstd.level"
    DEST_NAME = "destination_name"
    DEST_XML = "destination_xml"
    DISKS_PORT = "disks_port"
    DISKS_URI = "disks_uri"
    GRAPHICS_URI = "graphics_uri"
    LISTEN_ADDRESS = "listen_address"
    MIGRATE_DISKS = "migrate_disks"
    MIGRATE_DISKS_DETECT_ZEROES = "migrate_disks_detect_zeroes"
    MIGRATE_DISKS_TARGET_ZERO = "migrate_disks_target_zero"
    PARALLEL_CONNECTIONS = "parallel.connections"
    PERSIST_XML = "persistent_xml"
    TLS_DESTINATION = "tls.destination"
    URI = "migrate_uri"

class NetworkPortBandwidthField(StrEnum):
    IN_AVERAGE = "inbound.average"
    IN_BURST = "inbound.burst"
    IN_FLOOR = "inbound.floor"
    IN_PEAK = "inbound.peak"
    OUT_AVERAGE = "outbound.average"
    OUT_BURST = "outbound.burst"
    OUT_PEAK = "outbound.peak"

class NodeCPUStatsField(StrEnum):
    GUEST = "guest"
    IDLE = "idle"
    INTR = "intr"
    IOWAIT = "iowait"
    KERNEL = "kernel"
    USER = "user"
    UTILIZATION = "utilization"

class NodeMemorySharedField(StrEnum):
    FULL_SCANS = "shm_full_scans"
    MERGE_ACROSS_NODES = "shm_merge_across_nodes"
    PAGES_SHARED = "shm_pages_shared"
    PAGES_SHARING = "shm_pages_sharing"
    PAGES_TO_SCAN = "shm_pages_to_scan"
    PAGES_UNSHARED = "shm_pages_unshared"
    PAGES_VOLATILE = "shm_pages_volatile"
    SLEEP_MILLISECS = "shm_sleep_millisecs"

class NodeMemoryStatsField(StrEnum):
    AVAILABLE = "available"
    BUFFERS = "buffers"
    CACHED = "cached"
    FREE = "free"
    TOTAL = "total"

class NodeSEVField(StrEnum):
    CBITPOS = "cbitpos"
    CERT_CHAIN = "cert-chain"
    CPU0_ID = "cpu0-id"
    MAX_ES_GUESTS = "max-es-guests"
    MAX_GUESTS = "max-guests"
    PDH = "pdh"
    REDUCED_PHYS_BITS = "reduced-phys-bits"

class PerfField(StrEnum):
    ALIGNMENT_FAULTS = "alignment_faults"
    BRANCH_INSTRUCTIONS = "branch_instructions"
    BRANCH_MISSES = "branch_misses"
    BUS_CYCLES = "bus_cycles"
    CACHE_MISSES = "cache_misses"
    CACHE_REFERENCES = "cache_references"
    CMT = "cmt"
    CONTEXT_SWITCHES = "context_switches"
    CPU_CLOCK = "cpu_clock"
    CPU_CYCLES = "cpu_cycles"
    CPU_MIGRATIONS = "cpu_migrations"
    EMULATION_FAULTS = "emulation_faults"
    INSTRUCTIONS = "instructions"
    MBML = "mbml"
    MBMT = "mbmt"
    PAGE_FAULTS = "page_faults"
    PAGE_FAULTS_MAJ = "page_faults_maj"
    PAGE_FAULTS_MIN = "page_faults_min"
    REF_CPU_CYCLES = "ref_cpu_cycles"
    STALLED_CYCLES_BACKEND = "stalled_cycles_backend"
    STALLED_CYCLES_FRONTEND = "stalled_cycles_frontend"
    TASK_CLOCK = "task_clock"

class ServerClientsField(StrEnum):
    CURRENT = "nclients"
    MAX = "nclients_max"
    UNAUTH_CURRENT = "nclients_unauth"
    UNAUTH_MAX = "nclients_unauth_max"

class ThreadpoolField(StrEnum):
    JOB_QUEUE_DEPTH = "jobQueueDepth"
    WORKERS_CURRENT = "nWorkers"
    WORKERS_FREE = "freeWorkers"
    WORKERS_MAX = "maxWorkers"
    WORKERS_MIN = "minWorkers"
    WORKERS_PRIORITY = "prioWorkers"
