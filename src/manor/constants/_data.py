# SPDX-License-Identifier: Apache-2.0
"""libvirt's constants as compact text, written by tools/generate_constants.py: do not edit.

Here are only names and values; _loader.py makes enumerations of them on first use.
"""

# name: (C enumeration, kind, library, prefix, members). Kinds: I IntEnum, F IntFlag, S StrEnum,
# O IntEnum that also takes numbers it does not know. A member that starts with VIR_ is a whole C name.
ENUMS: dict[str, tuple[str, str, str, str, str]] = {
    "AdmConnectDaemonShutdownFlags": (
        "virAdmConnectDaemonShutdownFlags",
        "F",
        "libvirt-admin",
        "VIR_DAEMON_SHUTDOWN_",
        "PRESERVE=1",
    ),
    "BlkioParameterType": (
        "virBlkioParameterType",
        "I",
        "libvirt",
        "VIR_DOMAIN_BLKIO_PARAM_",
        "INT=1 UINT=2 LLONG=3 ULLONG=4 DOUBLE=5 BOOLEAN=6",
    ),
    "CPUCompareResult": (
        "virCPUCompareResult",
        "I",
        "libvirt",
        "VIR_CPU_COMPARE_",
        "ERROR=-1 INCOMPATIBLE=0 IDENTICAL=1 SUPERSET=2",
    ),
    "ClientTransport": (
        "virClientTransport",
        "I",
        "libvirt-admin",
        "VIR_CLIENT_TRANS_",
        "UNIX=0 TCP=1 TLS=2",
    ),
    "ConnectBaselineCPUFlags": (
        "virConnectBaselineCPUFlags",
        "F",
        "libvirt",
        "VIR_CONNECT_BASELINE_CPU_",
        "EXPAND_FEATURES=1 MIGRATABLE=2 IGNORE_HOST=4",
    ),
    "ConnectCloseReason": (
        "virConnectCloseReason",
        "I",
        "libvirt",
        "VIR_CONNECT_CLOSE_REASON_",
        "ERROR=0 EOF=1 KEEPALIVE=2 CLIENT=3",
    ),
    "ConnectCompareCPUFlags": (
        "virConnectCompareCPUFlags",
        "F",
        "libvirt",
        "VIR_CONNECT_COMPARE_CPU_",
        "FAIL_INCOMPATIBLE=1 VALIDATE_XML=2",
    ),
    "ConnectCredentialType": (
        "virConnectCredentialType",
        "I",
        "libvirt",
        "VIR_CRED_",
        "USERNAME=1 AUTHNAME=2 LANGUAGE=3 CNONCE=4 PASSPHRASE=5 ECHOPROMPT=6 NOECHOPROMPT=7 REALM=8 EXTERNAL=9",
    ),
    "ConnectDomainEventAgentLifecycleReason": (
        "virConnectDomainEventAgentLifecycleReason",
        "I",
        "libvirt",
        "VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_REASON_",
        "UNKNOWN=0 DOMAIN_STARTED=1 CHANNEL=2",
    ),
    "ConnectDomainEventAgentLifecycleState": (
        "virConnectDomainEventAgentLifecycleState",
        "I",
        "libvirt",
        "VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_STATE_",
        "CONNECTED=1 DISCONNECTED=2",
    ),
    "ConnectDomainEventBlockJobStatus": (
        "virConnectDomainEventBlockJobStatus",
        "I",
        "libvirt",
        "VIR_DOMAIN_BLOCK_JOB_",
        "COMPLETED=0 FAILED=1 CANCELED=2 READY=3",
    ),
    "ConnectDomainEventChannelLifecycleReason": (
        "virConnectDomainEventChannelLifecycleReason",
        "I",
        "libvirt",
        "VIR_CONNECT_DOMAIN_EVENT_CHANNEL_LIFECYCLE_REASON_",
        "UNKNOWN=0 DOMAIN_STARTED=1 CHANNEL=2",
    ),
    "ConnectDomainEventChannelLifecycleState": (
        "virConnectDomainEventChannelLifecycleState",
        "I",
        "libvirt",
        "VIR_CONNECT_DOMAIN_EVENT_CHANNEL_LIFECYCLE_STATE_",
        "CONNECTED=1 DISCONNECTED=2",
    ),
    "ConnectDomainEventDiskChangeReason": (
        "virConnectDomainEventDiskChangeReason",
        "I",
        "libvirt",
        "VIR_DOMAIN_EVENT_DISK_",
        "CHANGE_MISSING_ON_START=0 DROP_MISSING_ON_START=1",
    ),
    "ConnectDomainQemuMonitorEventRegisterFlags": (
        "virConnectDomainQemuMonitorEventRegisterFlags",
        "F",
        "libvirt-qemu",
        "VIR_CONNECT_DOMAIN_QEMU_MONITOR_EVENT_REGISTER_",
        "REGEX=1 NOCASE=2",
    ),
    "ConnectFlags": (
        "virConnectFlags",
        "F",
        "libvirt",
        "VIR_CONNECT_",
        "RO=1 NO_ALIASES=2",
    ),
    "ConnectGetAllDomainStatsFlags": (
        "virConnectGetAllDomainStatsFlags",
        "F",
        "libvirt",
        "VIR_CONNECT_GET_ALL_DOMAINS_STATS_",
        "ACTIVE=1 INACTIVE=2 PERSISTENT=4 TRANSIENT=8 RUNNING=16 PAUSED=32 SHUTOFF=64 OTHER=128 "
        "NOWAIT=536870912 BACKING=1073741824 ENFORCE_STATS=2147483648",
    ),
    "ConnectGetDomainCapabilitiesFlags": (
        "virConnectGetDomainCapabilitiesFlags",
        "F",
        "libvirt",
        "VIR_CONNECT_GET_DOMAIN_CAPABILITIES_",
        "DISABLE_DEPRECATED_FEATURES=1 EXPAND_CPU_FEATURES=2 SUPPORTED_CPU_FEATURES=4",
    ),
    "ConnectListAllDomainsFlags": (
        "virConnectListAllDomainsFlags",
        "F",
        "libvirt",
        "VIR_CONNECT_LIST_DOMAINS_",
        "ACTIVE=1 INACTIVE=2 PERSISTENT=4 TRANSIENT=8 RUNNING=16 PAUSED=32 SHUTOFF=64 OTHER=128 "
        "MANAGEDSAVE=256 NO_MANAGEDSAVE=512 AUTOSTART=1024 NO_AUTOSTART=2048 HAS_SNAPSHOT=4096 "
        "NO_SNAPSHOT=8192 HAS_CHECKPOINT=16384 NO_CHECKPOINT=32768",
    ),
    "ConnectListAllInterfacesFlags": (
        "virConnectListAllInterfacesFlags",
        "F",
        "libvirt",
        "VIR_CONNECT_LIST_INTERFACES_",
        "INACTIVE=1 ACTIVE=2",
    ),
    "ConnectListAllNetworksFlags": (
        "virConnectListAllNetworksFlags",
        "F",
        "libvirt",
        "VIR_CONNECT_LIST_NETWORKS_",
        "INACTIVE=1 ACTIVE=2 PERSISTENT=4 TRANSIENT=8 AUTOSTART=16 NO_AUTOSTART=32",
    ),
    "ConnectListAllNodeDeviceFlags": (
        "virConnectListAllNodeDeviceFlags",
        "F",
        "libvirt",
        "VIR_CONNECT_LIST_NODE_DEVICES_",
        "CAP_SYSTEM=1 CAP_PCI_DEV=2 CAP_USB_DEV=4 CAP_USB_INTERFACE=8 CAP_NET=16 CAP_SCSI_HOST=32 "
        "CAP_SCSI_TARGET=64 CAP_SCSI=128 CAP_STORAGE=256 CAP_FC_HOST=512 CAP_VPORTS=1024 "
        "CAP_SCSI_GENERIC=2048 CAP_DRM=4096 CAP_MDEV_TYPES=8192 CAP_MDEV=16384 CAP_CCW_DEV=32768 "
        "CAP_CSS_DEV=65536 CAP_VDPA=131072 CAP_AP_CARD=262144 CAP_AP_QUEUE=524288 CAP_AP_MATRIX=1048576 "
        "CAP_VPD=2097152 CAP_CCWGROUP_DEV=4194304 CAP_CCWGROUP_MEMBER=8388608 PERSISTENT=268435456 "
        "TRANSIENT=536870912 INACTIVE=1073741824 ACTIVE=2147483648",
    ),
    "ConnectListAllSecretsFlags": (
        "virConnectListAllSecretsFlags",
        "F",
        "libvirt",
        "VIR_CONNECT_LIST_SECRETS_",
        "EPHEMERAL=1 NO_EPHEMERAL=2 PRIVATE=4 NO_PRIVATE=8",
    ),
    "ConnectListAllStoragePoolsFlags": (
        "virConnectListAllStoragePoolsFlags",
        "F",
        "libvirt",
        "VIR_CONNECT_LIST_STORAGE_POOLS_",
        "INACTIVE=1 ACTIVE=2 PERSISTENT=4 TRANSIENT=8 AUTOSTART=16 NO_AUTOSTART=32 DIR=64 FS=128 "
        "NETFS=256 LOGICAL=512 DISK=1024 ISCSI=2048 SCSI=4096 MPATH=8192 RBD=16384 SHEEPDOG=32768 "
        "GLUSTER=65536 ZFS=131072 VSTORAGE=262144 ISCSI_DIRECT=524288",
    ),
    "DomainAbortJobFlagsValues": (
        "virDomainAbortJobFlagsValues",
        "F",
        "libvirt",
        "VIR_DOMAIN_ABORT_JOB_",
        "POSTCOPY=1",
    ),
    "DomainAgentResponseTimeoutValues": (
        "virDomainAgentResponseTimeoutValues",
        "I",
        "libvirt",
        "VIR_DOMAIN_AGENT_RESPONSE_TIMEOUT_",
        "BLOCK=-2 DEFAULT=-1 NOWAIT=0",
    ),
    "DomainAuthorizedSSHKeysSetFlags": (
        "virDomainAuthorizedSSHKeysSetFlags",
        "F",
        "libvirt",
        "VIR_DOMAIN_AUTHORIZED_SSH_KEYS_SET_",
        "APPEND=1 REMOVE=2",
    ),
    "DomainBackupBeginFlags": (
        "virDomainBackupBeginFlags",
        "F",
        "libvirt",
        "VIR_DOMAIN_BACKUP_BEGIN_",
        "REUSE_EXTERNAL=1 PRESERVE_SHUTDOWN_DOMAIN=2",
    ),
    "DomainBlockCommitFlags": (
        "virDomainBlockCommitFlags",
        "F",
        "libvirt",
        "VIR_DOMAIN_BLOCK_COMMIT_",
        "SHALLOW=1 DELETE=2 ACTIVE=4 RELATIVE=8 BANDWIDTH_BYTES=16",
    ),
    "DomainBlockCopyFlags": (
        "virDomainBlockCopyFlags",
        "F",
        "libvirt",
        "VIR_DOMAIN_BLOCK_COPY_",
        "SHALLOW=1 REUSE_EXT=2 TRANSIENT_JOB=4 SYNCHRONOUS_WRITES=8 TARGET_ZEROED=16",
    ),
    "DomainBlockJobAbortFlags": (
        "virDomainBlockJobAbortFlags",
        "F",
        "libvirt",
        "VIR_DOMAIN_BLOCK_JOB_ABORT_",
        "ASYNC=1 PIVOT=2",
    ),
    "DomainBlockJobInfoFlags": (
        "virDomainBlockJobInfoFlags",
        "F",
        "libvirt",
        "VIR_DOMAIN_BLOCK_JOB_INFO_",
        "BANDWIDTH_BYTES=1",
    ),
    "DomainBlockJobSetSpeedFlags": (
        "virDomainBlockJobSetSpeedFlags",
        "F",
        "libvirt",
        "VIR_DOMAIN_BLOCK_JOB_SPEED_",
        "BANDWIDTH_BYTES=1",
    ),
    "DomainBlockJobType": (
        "virDomainBlockJobType",
        "I",
        "libvirt",
        "VIR_DOMAIN_BLOCK_JOB_TYPE_",
        "UNKNOWN=0 PULL=1 COPY=2 COMMIT=3 ACTIVE_COMMIT=4 BACKUP=5",
    ),
    "DomainBlockPullFlags": (
        "virDomainBlockPullFlags",
        "F",
        "libvirt",
        "VIR_DOMAIN_BLOCK_PULL_",
        "BANDWIDTH_BYTES=64",
    ),
    "DomainBlockRebaseFlags": (
        "virDomainBlockRebaseFlags",
        "F",
        "libvirt",
        "VIR_DOMAIN_BLOCK_REBASE_",
        "SHALLOW=1 REUSE_EXT=2 COPY_RAW=4 COPY=8 RELATIVE=16 COPY_DEV=32 BANDWIDTH_BYTES=64",
    ),
    "DomainBlockResizeFlags": (
        "virDomainBlockResizeFlags",
        "F",
        "libvirt",
        "VIR_DOMAIN_BLOCK_RESIZE_",
        "BYTES=1 CAPACITY=2 EXTEND=4",
    ),
    "DomainBlockedReason": (
        "virDomainBlockedReason",
        "I",
        "libvirt",
        "VIR_DOMAIN_BLOCKED_",
        "UNKNOWN=0",
    ),
    "DomainChannelFlags": (
        "virDomainChannelFlags",
        "F",
        "libvirt",
        "VIR_DOMAIN_CHANNEL_",
        "FORCE=1",
    ),
    "DomainCheckpointCreateFlags": (
        "virDomainCheckpointCreateFlags",
        "F",
        "libvirt",
        "VIR_DOMAIN_CHECKPOINT_CREATE_",
        "REDEFINE=1 QUIESCE=2 REDEFINE_VALIDATE=4",
    ),
    "DomainCheckpointDeleteFlags": (
        "virDomainCheckpointDeleteFlags",
        "F",
        "libvirt",
        "VIR_DOMAIN_CHECKPOINT_DELETE_",
        "CHILDREN=1 METADATA_ONLY=2 CHILDREN_ONLY=4",
    ),
    "DomainCheckpointListFlags": (
        "virDomainCheckpointListFlags",
        "F",
        "libvirt",
        "VIR_DOMAIN_CHECKPOINT_LIST_",
        "DESCENDANTS=1 ROOTS=1 TOPOLOGICAL=2 LEAVES=4 NO_LEAVES=8",
    ),
    "DomainCheckpointXMLFlags": (
        "virDomainCheckpointXMLFlags",
        "F",
        "libvirt",
        "VIR_DOMAIN_CHECKPOINT_XML_",
        "SECURE=1 NO_DOMAIN=2 SIZE=4",
    ),
    "DomainConsoleFlags": (
        "virDomainConsoleFlags",
        "F",
        "libvirt",
        "VIR_DOMAIN_CONSOLE_",
        "FORCE=1 SAFE=2",
    ),
    "DomainControlErrorReason": (
        "virDomainControlErrorReason",
        "I",
        "libvirt",
        "VIR_DOMAIN_CONTROL_ERROR_REASON_",
        "NONE=0 UNKNOWN=1 MONITOR=2 INTERNAL=3",
    ),
    "DomainControlState": (
        "virDomainControlState",
        "I",
        "libvirt",
        "VIR_DOMAIN_CONTROL_",
        "OK=0 JOB=1 OCCUPIED=2 ERROR=3",
    ),
    "DomainCoreDumpFlags": (
        "virDomainCoreDumpFlags",
        "F",
        "libvirt",
        "VIR_DUMP_",
        "CRASH=1 LIVE=2 BYPASS_CACHE=4 RESET=8 MEMORY_ONLY=16",
    ),
    "DomainCoreDumpFormat": (
        "virDomainCoreDumpFormat",
        "I",
        "libvirt",
        "VIR_DOMAIN_CORE_DUMP_FORMAT_",
        "RAW=0 KDUMP_ZLIB=1 KDUMP_LZO=2 KDUMP_SNAPPY=3 WIN_DMP=4",
    ),
    "DomainCrashedReason": (
        "virDomainCrashedReason",
        "I",
        "libvirt",
        "VIR_DOMAIN_CRASHED_",
        "UNKNOWN=0 PANICKED=1",
    ),
    "DomainCreateFlags": (
        "virDomainCreateFlags",
        "F",
        "libvirt",
        "VIR_DOMAIN_",
        "NONE=0 START_PAUSED=1 START_AUTODESTROY=2 START_BYPASS_CACHE=4 START_FORCE_BOOT=8 "
        "START_VALIDATE=16 START_RESET_NVRAM=32",
    ),
    "DomainDefineFlags": (
        "virDomainDefineFlags",
        "F",
        "libvirt",
        "VIR_DOMAIN_DEFINE_",
        "VALIDATE=1",
    ),
    "DomainDestroyFlagsValues": (
        "virDomainDestroyFlagsValues",
        "F",
        "libvirt",
        "VIR_DOMAIN_DESTROY_",
        "DEFAULT=0 GRACEFUL=1 REMOVE_LOGS=2",
    ),
    "DomainDeviceModifyFlags": (
        "virDomainDeviceModifyFlags",
        "F",
        "libvirt",
        "VIR_DOMAIN_DEVICE_MODIFY_",
        "CURRENT=0 LIVE=1 CONFIG=2 FORCE=4",
    ),
    "DomainDirtyRateCalcFlags": (
        "virDomainDirtyRateCalcFlags",
        "F",
        "libvirt",
        "VIR_DOMAIN_DIRTYRATE_MODE_",
        "PAGE_SAMPLING=0 DIRTY_BITMAP=1 DIRTY_RING=2",
    ),
    "DomainDirtyRateStatus": (
        "virDomainDirtyRateStatus",
        "I",
        "libvirt",
        "VIR_DOMAIN_DIRTYRATE_",
        "UNSTARTED=0 MEASURING=1 MEASURED=2",
    ),
    "DomainDiskErrorCode": (
        "virDomainDiskErrorCode",
        "I",
        "libvirt",
        "VIR_DOMAIN_DISK_ERROR_",
        "NONE=0 UNSPEC=1 NO_SPACE=2",
    ),
    "DomainEventCrashedDetailType": (
        "virDomainEventCrashedDetailType",
        "I",
        "libvirt",
        "VIR_DOMAIN_EVENT_CRASHED_",
        "PANICKED=0 CRASHLOADED=1",
    ),
    "DomainEventDefinedDetailType": (
        "virDomainEventDefinedDetailType",
        "I",
        "libvirt",
        "VIR_DOMAIN_EVENT_DEFINED_",
        "ADDED=0 UPDATED=1 RENAMED=2 FROM_SNAPSHOT=3",
    ),
    "DomainEventGraphicsAddressType": (
        "virDomainEventGraphicsAddressType",
        "I",
        "libvirt",
        "VIR_DOMAIN_EVENT_GRAPHICS_ADDRESS_",
        "IPV4=0 IPV6=1 UNIX=2",
    ),
    "DomainEventGraphicsPhase": (
        "virDomainEventGraphicsPhase",
        "I",
        "libvirt",
        "VIR_DOMAIN_EVENT_GRAPHICS_",
        "CONNECT=0 INITIALIZE=1 DISCONNECT=2",
    ),
    "DomainEventID": (
        "virDomainEventID",
        "I",
        "libvirt",
        "VIR_DOMAIN_EVENT_ID_",
        "LIFECYCLE=0 REBOOT=1 RTC_CHANGE=2 WATCHDOG=3 IO_ERROR=4 GRAPHICS=5 IO_ERROR_REASON=6 "
        "CONTROL_ERROR=7 BLOCK_JOB=8 DISK_CHANGE=9 TRAY_CHANGE=10 PMWAKEUP=11 PMSUSPEND=12 "
        "BALLOON_CHANGE=13 PMSUSPEND_DISK=14 DEVICE_REMOVED=15 BLOCK_JOB_2=16 TUNABLE=17 "
        "AGENT_LIFECYCLE=18 DEVICE_ADDED=19 MIGRATION_ITERATION=20 JOB_COMPLETED=21 "
        "DEVICE_REMOVAL_FAILED=22 METADATA_CHANGE=23 BLOCK_THRESHOLD=24 MEMORY_FAILURE=25 "
        "MEMORY_DEVICE_SIZE_CHANGE=26 NIC_MAC_CHANGE=27 VCPU_REMOVED=28 CHANNEL_LIFECYCLE=29",
    ),
    "DomainEventIOErrorAction": (
        "virDomainEventIOErrorAction",
        "I",
        "libvirt",
        "VIR_DOMAIN_EVENT_IO_ERROR_",
        "NONE=0 PAUSE=1 REPORT=2",
    ),
    "DomainEventPMSuspendedDetailType": (
        "virDomainEventPMSuspendedDetailType",
        "I",
        "libvirt",
        "VIR_DOMAIN_EVENT_PMSUSPENDED_",
        "MEMORY=0 DISK=1",
    ),
    "DomainEventResumedDetailType": (
        "virDomainEventResumedDetailType",
        "I",
        "libvirt",
        "VIR_DOMAIN_EVENT_RESUMED_",
        "UNPAUSED=0 MIGRATED=1 FROM_SNAPSHOT=2 POSTCOPY=3 POSTCOPY_FAILED=4",
    ),
    "DomainEventShutdownDetailType": (
        "virDomainEventShutdownDetailType",
        "I",
        "libvirt",
        "VIR_DOMAIN_EVENT_SHUTDOWN_",
        "FINISHED=0 GUEST=1 HOST=2",
    ),
    "DomainEventStartedDetailType": (
        "virDomainEventStartedDetailType",
        "I",
        "libvirt",
        "VIR_DOMAIN_EVENT_STARTED_",
        "BOOTED=0 MIGRATED=1 RESTORED=2 FROM_SNAPSHOT=3 WAKEUP=4 RECREATED=5",
    ),
    "DomainEventStoppedDetailType": (
        "virDomainEventStoppedDetailType",
        "I",
        "libvirt",
        "VIR_DOMAIN_EVENT_STOPPED_",
        "SHUTDOWN=0 DESTROYED=1 CRASHED=2 MIGRATED=3 SAVED=4 FAILED=5 FROM_SNAPSHOT=6 RECREATED=7",
    ),
    "DomainEventSuspendedDetailType": (
        "virDomainEventSuspendedDetailType",
        "I",
        "libvirt",
        "VIR_DOMAIN_EVENT_SUSPENDED_",
        "PAUSED=0 MIGRATED=1 IOERROR=2 WATCHDOG=3 RESTORED=4 FROM_SNAPSHOT=5 API_ERROR=6 POSTCOPY=7 "
        "POSTCOPY_FAILED=8 GUEST_SHUTDOWN=9",
    ),
    "DomainEventTrayChangeReason": (
        "virDomainEventTrayChangeReason",
        "I",
        "libvirt",
        "VIR_DOMAIN_EVENT_TRAY_CHANGE_",
        "OPEN=0 CLOSE=1",
    ),
    "DomainEventType": (
        "virDomainEventType",
        "I",
        "libvirt",
        "VIR_DOMAIN_EVENT_",
        "DEFINED=0 UNDEFINED=1 STARTED=2 SUSPENDED=3 RESUMED=4 STOPPED=5 SHUTDOWN=6 PMSUSPENDED=7 CRASHED=8",
    ),
    "DomainEventUndefinedDetailType": (
        "virDomainEventUndefinedDetailType",
        "I",
        "libvirt",
        "VIR_DOMAIN_EVENT_UNDEFINED_",
        "REMOVED=0 RENAMED=1",
    ),
    "DomainEventWatchdogAction": (
        "virDomainEventWatchdogAction",
        "I",
        "libvirt",
        "VIR_DOMAIN_EVENT_WATCHDOG_",
        "NONE=0 PAUSE=1 RESET=2 POWEROFF=3 SHUTDOWN=4 DEBUG=5 INJECTNMI=6",
    ),
    "DomainFDAssociateFlags": (
        "virDomainFDAssociateFlags",
        "F",
        "libvirt",
        "VIR_DOMAIN_FD_ASSOCIATE_",
        "SECLABEL_RESTORE=1 SECLABEL_WRITABLE=2",
    ),
    "DomainGetHostnameFlags": (
        "virDomainGetHostnameFlags",
        "F",
        "libvirt",
        "VIR_DOMAIN_GET_HOSTNAME_",
        "LEASE=1 AGENT=2",
    ),
    "DomainGetJobStatsFlags": (
        "virDomainGetJobStatsFlags",
        "F",
        "libvirt",
        "VIR_DOMAIN_JOB_STATS_",
        "COMPLETED=1 KEEP_COMPLETED=2",
    ),
    "DomainGraphicsReloadType": (
        "virDomainGraphicsReloadType",
        "I",
        "libvirt",
        "VIR_DOMAIN_GRAPHICS_RELOAD_TYPE_",
        "ANY=0 VNC=1",
    ),
    "DomainGuestInfoTypes": (
        "virDomainGuestInfoTypes",
        "F",
        "libvirt",
        "VIR_DOMAIN_GUEST_INFO_",
        "USERS=1 OS=2 TIMEZONE=4 HOSTNAME=8 FILESYSTEM=16 DISKS=32 INTERFACES=64 LOAD=128 DEVICES=256",
    ),
    "DomainInterfaceAddressesSource": (
        "virDomainInterfaceAddressesSource",
        "I",
        "libvirt",
        "VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_",
        "LEASE=0 AGENT=1 ARP=2",
    ),
    "DomainJobOperation": (
        "virDomainJobOperation",
        "I",
        "libvirt",
        "VIR_DOMAIN_JOB_OPERATION_",
        "UNKNOWN=0 START=1 SAVE=2 RESTORE=3 MIGRATION_IN=4 MIGRATION_OUT=5 SNAPSHOT=6 SNAPSHOT_REVERT=7 "
        "DUMP=8 BACKUP=9 SNAPSHOT_DELETE=10",
    ),
    "DomainJobType": (
        "virDomainJobType",
        "I",
        "libvirt",
        "VIR_DOMAIN_JOB_",
        "NONE=0 BOUNDED=1 UNBOUNDED=2 COMPLETED=3 FAILED=4 CANCELLED=5",
    ),
    "DomainLifecycle": (
        "virDomainLifecycle",
        "I",
        "libvirt",
        "VIR_DOMAIN_LIFECYCLE_",
        "POWEROFF=0 REBOOT=1 CRASH=2",
    ),
    "DomainLifecycleAction": (
        "virDomainLifecycleAction",
        "I",
        "libvirt",
        "VIR_DOMAIN_LIFECYCLE_ACTION_",
        "DESTROY=0 RESTART=1 RESTART_RENAME=2 PRESERVE=3 COREDUMP_DESTROY=4 COREDUMP_RESTART=5 PRESERVE_RUNNING=6",
    ),
    "DomainMemoryFailureActionType": (
        "virDomainMemoryFailureActionType",
        "I",
        "libvirt",
        "VIR_DOMAIN_EVENT_MEMORY_FAILURE_ACTION_",
        "IGNORE=0 INJECT=1 FATAL=2 RESET=3",
    ),
    "DomainMemoryFailureFlags": (
        "virDomainMemoryFailureFlags",
        "F",
        "libvirt",
        "VIR_DOMAIN_MEMORY_FAILURE_",
        "ACTION_REQUIRED=1 RECURSIVE=2",
    ),
    "DomainMemoryFailureRecipientType": (
        "virDomainMemoryFailureRecipientType",
        "I",
        "libvirt",
        "VIR_DOMAIN_EVENT_MEMORY_FAILURE_RECIPIENT_",
        "HYPERVISOR=0 GUEST=1",
    ),
    "DomainMemoryFlags": (
        "virDomainMemoryFlags",
        "F",
        "libvirt",
        "VIR_MEMORY_",
        "VIRTUAL=1 PHYSICAL=2",
    ),
    "DomainMemoryModFlags": (
        "virDomainMemoryModFlags",
        "F",
        "libvirt",
        "VIR_DOMAIN_MEM_",
        "CURRENT=0 LIVE=1 CONFIG=2 MAXIMUM=4",
    ),
    "DomainMemoryStatTags": (
        "virDomainMemoryStatTags",
        "I",
        "libvirt",
        "VIR_DOMAIN_MEMORY_STAT_",
        "SWAP_IN=0 SWAP_OUT=1 MAJOR_FAULT=2 MINOR_FAULT=3 UNUSED=4 AVAILABLE=5 ACTUAL_BALLOON=6 RSS=7 "
        "USABLE=8 LAST_UPDATE=9 DISK_CACHES=10 HUGETLB_PGALLOC=11 HUGETLB_PGFAIL=12",
    ),
    "DomainMessageType": (
        "virDomainMessageType",
        "F",
        "libvirt",
        "VIR_DOMAIN_MESSAGE_",
        "DEPRECATION=1 TAINTING=2 IOERRORS=4",
    ),
    "DomainMetadataType": (
        "virDomainMetadataType",
        "I",
        "libvirt",
        "VIR_DOMAIN_METADATA_",
        "DESCRIPTION=0 TITLE=1 ELEMENT=2",
    ),
    "DomainMigrateFlags": (
        "virDomainMigrateFlags",
        "F",
        "libvirt",
        "VIR_MIGRATE_",
        "LIVE=1 PEER2PEER=2 TUNNELLED=4 PERSIST_DEST=8 UNDEFINE_SOURCE=16 PAUSED=32 NON_SHARED_DISK=64 "
        "NON_SHARED_INC=128 CHANGE_PROTECTION=256 UNSAFE=512 OFFLINE=1024 COMPRESSED=2048 "
        "ABORT_ON_ERROR=4096 AUTO_CONVERGE=8192 RDMA_PIN_ALL=16384 POSTCOPY=32768 TLS=65536 "
        "PARALLEL=131072 NON_SHARED_SYNCHRONOUS_WRITES=262144 POSTCOPY_RESUME=524288 ZEROCOPY=1048576",
    ),
    "DomainMigrateMaxSpeedFlags": (
        "virDomainMigrateMaxSpeedFlags",
        "F",
        "libvirt",
        "VIR_DOMAIN_MIGRATE_MAX_SPEED_",
        "POSTCOPY=1",
    ),
    "DomainModificationImpact": (
        "virDomainModificationImpact",
        "F",
        "libvirt",
        "VIR_DOMAIN_AFFECT_",
        "CURRENT=0 LIVE=1 CONFIG=2",
    ),
    "DomainNostateReason": (
        "virDomainNostateReason",
        "I",
        "libvirt",
        "VIR_DOMAIN_NOSTATE_",
        "UNKNOWN=0",
    ),
    "DomainNumatuneMemMode": (
        "virDomainNumatuneMemMode",
        "I",
        "libvirt",
        "VIR_DOMAIN_NUMATUNE_MEM_",
        "STRICT=0 PREFERRED=1 INTERLEAVE=2 RESTRICTIVE=3",
    ),
    "DomainOpenGraphicsFlags": (
        "virDomainOpenGraphicsFlags",
        "F",
        "libvirt",
        "VIR_DOMAIN_OPEN_GRAPHICS_",
        "SKIPAUTH=1",
    ),
    "DomainPMSuspendedDiskReason": (
        "virDomainPMSuspendedDiskReason",
        "I",
        "libvirt",
        "VIR_DOMAIN_PMSUSPENDED_DISK_",
        "UNKNOWN=0",
    ),
    "DomainPMSuspendedReason": (
        "virDomainPMSuspendedReason",
        "I",
        "libvirt",
        "VIR_DOMAIN_PMSUSPENDED_",
        "UNKNOWN=0",
    ),
    "DomainPausedReason": (
        "virDomainPausedReason",
        "I",
        "libvirt",
        "VIR_DOMAIN_PAUSED_",
        "UNKNOWN=0 USER=1 MIGRATION=2 SAVE=3 DUMP=4 IOERROR=5 WATCHDOG=6 FROM_SNAPSHOT=7 SHUTTING_DOWN=8 "
        "SNAPSHOT=9 CRASHED=10 STARTING_UP=11 POSTCOPY=12 POSTCOPY_FAILED=13 API_ERROR=14",
    ),
    "DomainProcessSignal": (
        "virDomainProcessSignal",
        "I",
        "libvirt",
        "VIR_DOMAIN_PROCESS_SIGNAL_",
        "NOP=0 HUP=1 INT=2 QUIT=3 ILL=4 TRAP=5 ABRT=6 BUS=7 FPE=8 KILL=9 USR1=10 SEGV=11 USR2=12 PIPE=13 "
        "ALRM=14 TERM=15 STKFLT=16 CHLD=17 CONT=18 STOP=19 TSTP=20 TTIN=21 TTOU=22 URG=23 XCPU=24 XFSZ=25 "
        "VTALRM=26 PROF=27 WINCH=28 POLL=29 PWR=30 SYS=31 RT0=32 RT1=33 RT2=34 RT3=35 RT4=36 RT5=37 "
        "RT6=38 RT7=39 RT8=40 RT9=41 RT10=42 RT11=43 RT12=44 RT13=45 RT14=46 RT15=47 RT16=48 RT17=49 "
        "RT18=50 RT19=51 RT20=52 RT21=53 RT22=54 RT23=55 RT24=56 RT25=57 RT26=58 RT27=59 RT28=60 RT29=61 "
        "RT30=62 RT31=63 RT32=64",
    ),
    "DomainQemuAgentCommandTimeoutValues": (
        "virDomainQemuAgentCommandTimeoutValues",
        "I",
        "libvirt-qemu",
        "VIR_DOMAIN_QEMU_AGENT_COMMAND_",
        "BLOCK=-2 MIN=-2 DEFAULT=-1 NOWAIT=0 SHUTDOWN=60",
    ),
    "DomainQemuMonitorCommandFlags": (
        "virDomainQemuMonitorCommandFlags",
        "F",
        "libvirt-qemu",
        "VIR_DOMAIN_QEMU_MONITOR_COMMAND_",
        "DEFAULT=0 HMP=1",
    ),
    "DomainRebootFlagValues": (
        "virDomainRebootFlagValues",
        "F",
        "libvirt",
        "VIR_DOMAIN_REBOOT_",
        "DEFAULT=0 ACPI_POWER_BTN=1 GUEST_AGENT=2 INITCTL=4 SIGNAL=8 PARAVIRT=16",
    ),
    "DomainRunningReason": (
        "virDomainRunningReason",
        "I",
        "libvirt",
        "VIR_DOMAIN_RUNNING_",
        "UNKNOWN=0 BOOTED=1 MIGRATED=2 RESTORED=3 FROM_SNAPSHOT=4 UNPAUSED=5 MIGRATION_CANCELED=6 "
        "SAVE_CANCELED=7 WAKEUP=8 CRASHED=9 POSTCOPY=10 POSTCOPY_FAILED=11",
    ),
    "DomainSaveImageXMLFlags": (
        "virDomainSaveImageXMLFlags",
        "F",
        "libvirt",
        "VIR_DOMAIN_SAVE_IMAGE_XML_",
        "SECURE=1",
    ),
    "DomainSaveRestoreFlags": (
        "virDomainSaveRestoreFlags",
        "F",
        "libvirt",
        "VIR_DOMAIN_SAVE_",
        "BYPASS_CACHE=1 RUNNING=2 PAUSED=4 RESET_NVRAM=8",
    ),
    "DomainSetTimeFlags": (
        "virDomainSetTimeFlags",
        "F",
        "libvirt",
        "VIR_DOMAIN_TIME_",
        "SYNC=1",
    ),
    "DomainSetUserPasswordFlags": (
        "virDomainSetUserPasswordFlags",
        "F",
        "libvirt",
        "VIR_DOMAIN_PASSWORD_",
        "ENCRYPTED=1",
    ),
    "DomainSetVcpuFlags": (
        "virDomainSetVcpuFlags",
        "F",
        "libvirt",
        "VIR_DOMAIN_SETVCPU_",
        "AFFECT_CURRENT=0 AFFECT_LIVE=1 AFFECT_CONFIG=2 ASYNC_UNPLUG=4",
    ),
    "DomainShutdownFlagValues": (
        "virDomainShutdownFlagValues",
        "F",
        "libvirt",
        "VIR_DOMAIN_SHUTDOWN_",
        "DEFAULT=0 ACPI_POWER_BTN=1 GUEST_AGENT=2 INITCTL=4 SIGNAL=8 PARAVIRT=16",
    ),
    "DomainShutdownReason": (
        "virDomainShutdownReason",
        "I",
        "libvirt",
        "VIR_DOMAIN_SHUTDOWN_",
        "UNKNOWN=0 USER=1",
    ),
    "DomainShutoffReason": (
        "virDomainShutoffReason",
        "I",
        "libvirt",
        "VIR_DOMAIN_SHUTOFF_",
        "UNKNOWN=0 SHUTDOWN=1 DESTROYED=2 CRASHED=3 MIGRATED=4 SAVED=5 FAILED=6 FROM_SNAPSHOT=7 DAEMON=8",
    ),
    "DomainSnapshotCreateFlags": (
        "virDomainSnapshotCreateFlags",
        "F",
        "libvirt",
        "VIR_DOMAIN_SNAPSHOT_CREATE_",
        "REDEFINE=1 CURRENT=2 NO_METADATA=4 HALT=8 DISK_ONLY=16 REUSE_EXT=32 QUIESCE=64 ATOMIC=128 "
        "LIVE=256 VALIDATE=512",
    ),
    "DomainSnapshotDeleteFlags": (
        "virDomainSnapshotDeleteFlags",
        "F",
        "libvirt",
        "VIR_DOMAIN_SNAPSHOT_DELETE_",
        "CHILDREN=1 METADATA_ONLY=2 CHILDREN_ONLY=4",
    ),
    "DomainSnapshotListFlags": (
        "virDomainSnapshotListFlags",
        "F",
        "libvirt",
        "VIR_DOMAIN_SNAPSHOT_LIST_",
        "DESCENDANTS=1 ROOTS=1 METADATA=2 LEAVES=4 NO_LEAVES=8 NO_METADATA=16 INACTIVE=32 ACTIVE=64 "
        "DISK_ONLY=128 INTERNAL=256 EXTERNAL=512 TOPOLOGICAL=1024",
    ),
    "DomainSnapshotRevertFlags": (
        "virDomainSnapshotRevertFlags",
        "F",
        "libvirt",
        "VIR_DOMAIN_SNAPSHOT_REVERT_",
        "RUNNING=1 PAUSED=2 FORCE=4 RESET_NVRAM=8",
    ),
    "DomainSnapshotXMLFlags": (
        "virDomainSnapshotXMLFlags",
        "F",
        "libvirt",
        "VIR_DOMAIN_SNAPSHOT_XML_",
        "SECURE=1",
    ),
    "DomainState": (
        "virDomainState",
        "I",
        "libvirt",
        "VIR_DOMAIN_",
        "NOSTATE=0 RUNNING=1 BLOCKED=2 PAUSED=3 SHUTDOWN=4 SHUTOFF=5 CRASHED=6 PMSUSPENDED=7",
    ),
    "DomainStatsTypes": (
        "virDomainStatsTypes",
        "F",
        "libvirt",
        "VIR_DOMAIN_STATS_",
        "STATE=1 CPU_TOTAL=2 BALLOON=4 VCPU=8 INTERFACE=16 BLOCK=32 PERF=64 IOTHREAD=128 MEMORY=256 "
        "DIRTYRATE=512 VM=1024",
    ),
    "DomainUndefineFlagsValues": (
        "virDomainUndefineFlagsValues",
        "F",
        "libvirt",
        "VIR_DOMAIN_UNDEFINE_",
        "MANAGED_SAVE=1 SNAPSHOTS_METADATA=2 NVRAM=4 KEEP_NVRAM=8 CHECKPOINTS_METADATA=16 TPM=32 KEEP_TPM=64",
    ),
    "DomainVcpuFlags": (
        "virDomainVcpuFlags",
        "F",
        "libvirt",
        "VIR_DOMAIN_VCPU_",
        "CURRENT=0 LIVE=1 CONFIG=2 MAXIMUM=4 GUEST=8 HOTPLUGGABLE=16 ASYNC_UNPLUG=32",
    ),
    "DomainXMLFlags": (
        "virDomainXMLFlags",
        "F",
        "libvirt",
        "VIR_DOMAIN_XML_",
        "SECURE=1 INACTIVE=2 UPDATE_CPU=4 MIGRATABLE=8",
    ),
    "ErrorDomain": (
        "virErrorDomain",
        "O",
        "libvirt",
        "VIR_FROM_",
        "NONE=0 XEN=1 XEND=2 XENSTORE=3 SEXPR=4 XML=5 DOM=6 RPC=7 PROXY=8 CONF=9 QEMU=10 NET=11 TEST=12 "
        "REMOTE=13 OPENVZ=14 XENXM=15 STATS_LINUX=16 LXC=17 STORAGE=18 NETWORK=19 DOMAIN=20 UML=21 "
        "NODEDEV=22 XEN_INOTIFY=23 SECURITY=24 VBOX=25 INTERFACE=26 ONE=27 ESX=28 PHYP=29 SECRET=30 "
        "CPU=31 XENAPI=32 NWFILTER=33 HOOK=34 DOMAIN_SNAPSHOT=35 AUDIT=36 SYSINFO=37 STREAMS=38 VMWARE=39 "
        "EVENT=40 LIBXL=41 LOCKING=42 HYPERV=43 CAPABILITIES=44 URI=45 AUTH=46 DBUS=47 PARALLELS=48 "
        "DEVICE=49 SSH=50 LOCKSPACE=51 INITCTL=52 IDENTITY=53 CGROUP=54 ACCESS=55 SYSTEMD=56 BHYVE=57 "
        "CRYPTO=58 FIREWALL=59 POLKIT=60 THREAD=61 ADMIN=62 LOGGING=63 XENXL=64 PERF=65 LIBSSH=66 "
        "RESCTRL=67 FIREWALLD=68 DOMAIN_CHECKPOINT=69 TPM=70 BPF=71 CH=72",
    ),
    "ErrorLevel": (
        "virErrorLevel",
        "O",
        "libvirt",
        "VIR_ERR_",
        "NONE=0 WARNING=1 ERROR=2",
    ),
    "ErrorNumber": (
        "virErrorNumber",
        "O",
        "libvirt",
        "VIR_ERR_",
        "OK=0 INTERNAL_ERROR=1 NO_MEMORY=2 NO_SUPPORT=3 UNKNOWN_HOST=4 NO_CONNECT=5 INVALID_CONN=6 "
        "INVALID_DOMAIN=7 INVALID_ARG=8 OPERATION_FAILED=9 GET_FAILED=10 POST_FAILED=11 HTTP_ERROR=12 "
        "SEXPR_SERIAL=13 NO_XEN=14 XEN_CALL=15 OS_TYPE=16 NO_KERNEL=17 NO_ROOT=18 NO_SOURCE=19 "
        "NO_TARGET=20 NO_NAME=21 NO_OS=22 NO_DEVICE=23 NO_XENSTORE=24 DRIVER_FULL=25 CALL_FAILED=26 "
        "XML_ERROR=27 DOM_EXIST=28 OPERATION_DENIED=29 OPEN_FAILED=30 READ_FAILED=31 PARSE_FAILED=32 "
        "CONF_SYNTAX=33 WRITE_FAILED=34 XML_DETAIL=35 INVALID_NETWORK=36 NETWORK_EXIST=37 SYSTEM_ERROR=38 "
        "RPC=39 GNUTLS_ERROR=40 VIR_WAR_NO_NETWORK=41 NO_DOMAIN=42 NO_NETWORK=43 INVALID_MAC=44 "
        "AUTH_FAILED=45 INVALID_STORAGE_POOL=46 INVALID_STORAGE_VOL=47 VIR_WAR_NO_STORAGE=48 "
        "NO_STORAGE_POOL=49 NO_STORAGE_VOL=50 VIR_WAR_NO_NODE=51 INVALID_NODE_DEVICE=52 NO_NODE_DEVICE=53 "
        "NO_SECURITY_MODEL=54 OPERATION_INVALID=55 VIR_WAR_NO_INTERFACE=56 NO_INTERFACE=57 "
        "INVALID_INTERFACE=58 MULTIPLE_INTERFACES=59 VIR_WAR_NO_NWFILTER=60 INVALID_NWFILTER=61 "
        "NO_NWFILTER=62 BUILD_FIREWALL=63 VIR_WAR_NO_SECRET=64 INVALID_SECRET=65 NO_SECRET=66 "
        "CONFIG_UNSUPPORTED=67 OPERATION_TIMEOUT=68 MIGRATE_PERSIST_FAILED=69 HOOK_SCRIPT_FAILED=70 "
        "INVALID_DOMAIN_SNAPSHOT=71 NO_DOMAIN_SNAPSHOT=72 INVALID_STREAM=73 ARGUMENT_UNSUPPORTED=74 "
        "STORAGE_PROBE_FAILED=75 STORAGE_POOL_BUILT=76 SNAPSHOT_REVERT_RISKY=77 OPERATION_ABORTED=78 "
        "AUTH_CANCELLED=79 NO_DOMAIN_METADATA=80 MIGRATE_UNSAFE=81 OVERFLOW=82 BLOCK_COPY_ACTIVE=83 "
        "OPERATION_UNSUPPORTED=84 SSH=85 AGENT_UNRESPONSIVE=86 RESOURCE_BUSY=87 ACCESS_DENIED=88 "
        "DBUS_SERVICE=89 STORAGE_VOL_EXIST=90 CPU_INCOMPATIBLE=91 XML_INVALID_SCHEMA=92 "
        "MIGRATE_FINISH_OK=93 AUTH_UNAVAILABLE=94 NO_SERVER=95 NO_CLIENT=96 AGENT_UNSYNCED=97 LIBSSH=98 "
        "DEVICE_MISSING=99 INVALID_NWFILTER_BINDING=100 NO_NWFILTER_BINDING=101 "
        "INVALID_DOMAIN_CHECKPOINT=102 NO_DOMAIN_CHECKPOINT=103 NO_DOMAIN_BACKUP=104 "
        "INVALID_NETWORK_PORT=105 NETWORK_PORT_EXIST=106 NO_NETWORK_PORT=107 NO_HOSTNAME=108 "
        "CHECKPOINT_INCONSISTENT=109 MULTIPLE_DOMAINS=110 NO_NETWORK_METADATA=111 "
        "AGENT_COMMAND_TIMEOUT=112 AGENT_COMMAND_FAILED=113 INVALID_ENCR_KEY_SECRET=114",
    ),
    "EventHandleType": (
        "virEventHandleType",
        "F",
        "libvirt",
        "VIR_EVENT_HANDLE_",
        "READABLE=1 WRITABLE=2 ERROR=4 HANGUP=8",
    ),
    "IPAddrType": (
        "virIPAddrType",
        "I",
        "libvirt",
        "VIR_IP_ADDR_TYPE_",
        "IPV4=0 IPV6=1",
    ),
    "InterfaceDefineFlags": (
        "virInterfaceDefineFlags",
        "F",
        "libvirt",
        "VIR_INTERFACE_DEFINE_",
        "VALIDATE=1",
    ),
    "InterfaceXMLFlags": (
        "virInterfaceXMLFlags",
        "F",
        "libvirt",
        "VIR_INTERFACE_XML_",
        "INACTIVE=1",
    ),
    "KeycodeSet": (
        "virKeycodeSet",
        "I",
        "libvirt",
        "VIR_KEYCODE_SET_",
        "LINUX=0 XT=1 ATSET1=2 ATSET2=3 ATSET3=4 OSX=5 XT_KBD=6 USB=7 WIN32=8 QNUM=9",
    ),
    "MemoryParameterType": (
        "virMemoryParameterType",
        "I",
        "libvirt",
        "VIR_DOMAIN_MEMORY_PARAM_",
        "INT=1 UINT=2 LLONG=3 ULLONG=4 DOUBLE=5 BOOLEAN=6",
    ),
    "NWFilterBindingCreateFlags": (
        "virNWFilterBindingCreateFlags",
        "F",
        "libvirt",
        "VIR_NWFILTER_BINDING_CREATE_",
        "VALIDATE=1",
    ),
    "NWFilterDefineFlags": (
        "virNWFilterDefineFlags",
        "F",
        "libvirt",
        "VIR_NWFILTER_DEFINE_",
        "VALIDATE=1",
    ),
    "NetworkCreateFlags": (
        "virNetworkCreateFlags",
        "F",
        "libvirt",
        "VIR_NETWORK_CREATE_",
        "VALIDATE=1",
    ),
    "NetworkDefineFlags": (
        "virNetworkDefineFlags",
        "F",
        "libvirt",
        "VIR_NETWORK_DEFINE_",
        "VALIDATE=1",
    ),
    "NetworkEventID": (
        "virNetworkEventID",
        "I",
        "libvirt",
        "VIR_NETWORK_EVENT_ID_",
        "LIFECYCLE=0 METADATA_CHANGE=1",
    ),
    "NetworkEventLifecycleType": (
        "virNetworkEventLifecycleType",
        "I",
        "libvirt",
        "VIR_NETWORK_EVENT_",
        "DEFINED=0 UNDEFINED=1 STARTED=2 STOPPED=3",
    ),
    "NetworkMetadataType": (
        "virNetworkMetadataType",
        "I",
        "libvirt",
        "VIR_NETWORK_METADATA_",
        "DESCRIPTION=0 TITLE=1 ELEMENT=2",
    ),
    "NetworkPortCreateFlags": (
        "virNetworkPortCreateFlags",
        "F",
        "libvirt",
        "VIR_NETWORK_PORT_CREATE_",
        "RECLAIM=1 VALIDATE=2",
    ),
    "NetworkUpdateCommand": (
        "virNetworkUpdateCommand",
        "I",
        "libvirt",
        "VIR_NETWORK_UPDATE_COMMAND_",
        "NONE=0 MODIFY=1 DELETE=2 ADD_LAST=3 ADD_FIRST=4",
    ),
    "NetworkUpdateFlags": (
        "virNetworkUpdateFlags",
        "F",
        "libvirt",
        "VIR_NETWORK_UPDATE_AFFECT_",
        "CURRENT=0 LIVE=1 CONFIG=2",
    ),
    "NetworkUpdateSection": (
        "virNetworkUpdateSection",
        "I",
        "libvirt",
        "VIR_NETWORK_SECTION_",
        "NONE=0 BRIDGE=1 DOMAIN=2 IP=3 IP_DHCP_HOST=4 IP_DHCP_RANGE=5 FORWARD=6 FORWARD_INTERFACE=7 "
        "FORWARD_PF=8 PORTGROUP=9 DNS_HOST=10 DNS_TXT=11 DNS_SRV=12",
    ),
    "NetworkXMLFlags": (
        "virNetworkXMLFlags",
        "F",
        "libvirt",
        "VIR_NETWORK_XML_",
        "INACTIVE=1",
    ),
    "NodeAllocPagesFlags": (
        "virNodeAllocPagesFlags",
        "F",
        "libvirt",
        "VIR_NODE_ALLOC_PAGES_",
        "ADD=0 SET=1",
    ),
    "NodeDeviceCreateXMLFlags": (
        "virNodeDeviceCreateXMLFlags",
        "F",
        "libvirt",
        "VIR_NODE_DEVICE_CREATE_XML_",
        "VALIDATE=1",
    ),
    "NodeDeviceDefineXMLFlags": (
        "virNodeDeviceDefineXMLFlags",
        "F",
        "libvirt",
        "VIR_NODE_DEVICE_DEFINE_XML_",
        "VALIDATE=1",
    ),
    "NodeDeviceEventID": (
        "virNodeDeviceEventID",
        "I",
        "libvirt",
        "VIR_NODE_DEVICE_EVENT_ID_",
        "LIFECYCLE=0 UPDATE=1",
    ),
    "NodeDeviceEventLifecycleType": (
        "virNodeDeviceEventLifecycleType",
        "I",
        "libvirt",
        "VIR_NODE_DEVICE_EVENT_",
        "CREATED=0 DELETED=1 DEFINED=2 UNDEFINED=3",
    ),
    "NodeDeviceUpdateFlags": (
        "virNodeDeviceUpdateFlags",
        "F",
        "libvirt",
        "VIR_NODE_DEVICE_UPDATE_AFFECT_",
        "CURRENT=0 LIVE=1 CONFIG=2",
    ),
    "NodeDeviceXMLFlags": (
        "virNodeDeviceXMLFlags",
        "F",
        "libvirt",
        "VIR_NODE_DEVICE_XML_",
        "INACTIVE=1",
    ),
    "NodeGetCPUStatsAllCPUs": (
        "virNodeGetCPUStatsAllCPUs",
        "I",
        "libvirt",
        "VIR_NODE_CPU_STATS_",
        "ALL_CPUS=-1",
    ),
    "NodeGetMemoryStatsAllCells": (
        "virNodeGetMemoryStatsAllCells",
        "I",
        "libvirt",
        "VIR_NODE_MEMORY_STATS_",
        "ALL_CELLS=-1",
    ),
    "NodeSuspendTarget": (
        "virNodeSuspendTarget",
        "I",
        "libvirt",
        "VIR_NODE_SUSPEND_TARGET_",
        "MEM=0 DISK=1 HYBRID=2",
    ),
    "SchedParameterType": (
        "virSchedParameterType",
        "I",
        "libvirt",
        "VIR_DOMAIN_SCHED_FIELD_",
        "INT=1 UINT=2 LLONG=3 ULLONG=4 DOUBLE=5 BOOLEAN=6",
    ),
    "SecretDefineFlags": (
        "virSecretDefineFlags",
        "F",
        "libvirt",
        "VIR_SECRET_DEFINE_",
        "VALIDATE=1",
    ),
    "SecretEventID": (
        "virSecretEventID",
        "I",
        "libvirt",
        "VIR_SECRET_EVENT_ID_",
        "LIFECYCLE=0 VALUE_CHANGED=1",
    ),
    "SecretEventLifecycleType": (
        "virSecretEventLifecycleType",
        "I",
        "libvirt",
        "VIR_SECRET_EVENT_",
        "DEFINED=0 UNDEFINED=1",
    ),
    "SecretUsageType": (
        "virSecretUsageType",
        "I",
        "libvirt",
        "VIR_SECRET_USAGE_TYPE_",
        "NONE=0 VOLUME=1 CEPH=2 ISCSI=3 TLS=4 VTPM=5",
    ),
    "StoragePoolBuildFlags": (
        "virStoragePoolBuildFlags",
        "F",
        "libvirt",
        "VIR_STORAGE_POOL_BUILD_",
        "NEW=0 REPAIR=1 RESIZE=2 NO_OVERWRITE=4 OVERWRITE=8",
    ),
    "StoragePoolCreateFlags": (
        "virStoragePoolCreateFlags",
        "F",
        "libvirt",
        "VIR_STORAGE_POOL_CREATE_",
        "NORMAL=0 WITH_BUILD=1 WITH_BUILD_OVERWRITE=2 WITH_BUILD_NO_OVERWRITE=4",
    ),
    "StoragePoolDefineFlags": (
        "virStoragePoolDefineFlags",
        "F",
        "libvirt",
        "VIR_STORAGE_POOL_DEFINE_",
        "VALIDATE=1",
    ),
    "StoragePoolDeleteFlags": (
        "virStoragePoolDeleteFlags",
        "F",
        "libvirt",
        "VIR_STORAGE_POOL_DELETE_",
        "NORMAL=0 ZEROED=1",
    ),
    "StoragePoolEventID": (
        "virStoragePoolEventID",
        "I",
        "libvirt",
        "VIR_STORAGE_POOL_EVENT_ID_",
        "LIFECYCLE=0 REFRESH=1",
    ),
    "StoragePoolEventLifecycleType": (
        "virStoragePoolEventLifecycleType",
        "I",
        "libvirt",
        "VIR_STORAGE_POOL_EVENT_",
        "DEFINED=0 UNDEFINED=1 STARTED=2 STOPPED=3 CREATED=4 DELETED=5",
    ),
    "StoragePoolState": (
        "virStoragePoolState",
        "I",
        "libvirt",
        "VIR_STORAGE_POOL_",
        "INACTIVE=0 BUILDING=1 RUNNING=2 DEGRADED=3 INACCESSIBLE=4",
    ),
    "StorageVolCreateFlags": (
        "virStorageVolCreateFlags",
        "F",
        "libvirt",
        "VIR_STORAGE_VOL_CREATE_",
        "PREALLOC_METADATA=1 REFLINK=2 VALIDATE=4",
    ),
    "StorageVolDeleteFlags": (
        "virStorageVolDeleteFlags",
        "F",
        "libvirt",
        "VIR_STORAGE_VOL_DELETE_",
        "NORMAL=0 ZEROED=1 WITH_SNAPSHOTS=2",
    ),
    "StorageVolDownloadFlags": (
        "virStorageVolDownloadFlags",
        "F",
        "libvirt",
        "VIR_STORAGE_VOL_DOWNLOAD_",
        "SPARSE_STREAM=1",
    ),
    "StorageVolInfoFlags": (
        "virStorageVolInfoFlags",
        "F",
        "libvirt",
        "VIR_STORAGE_VOL_",
        "USE_ALLOCATION=0 GET_PHYSICAL=1",
    ),
    "StorageVolResizeFlags": (
        "virStorageVolResizeFlags",
        "F",
        "libvirt",
        "VIR_STORAGE_VOL_RESIZE_",
        "ALLOCATE=1 DELTA=2 SHRINK=4",
    ),
    "StorageVolType": (
        "virStorageVolType",
        "I",
        "libvirt",
        "VIR_STORAGE_VOL_",
        "FILE=0 BLOCK=1 DIR=2 NETWORK=3 NETDIR=4 PLOOP=5",
    ),
    "StorageVolUploadFlags": (
        "virStorageVolUploadFlags",
        "F",
        "libvirt",
        "VIR_STORAGE_VOL_UPLOAD_",
        "SPARSE_STREAM=1",
    ),
    "StorageVolWipeAlgorithm": (
        "virStorageVolWipeAlgorithm",
        "I",
        "libvirt",
        "VIR_STORAGE_VOL_WIPE_ALG_",
        "ZERO=0 NNSA=1 DOD=2 BSI=3 GUTMANN=4 SCHNEIER=5 PFITZNER7=6 PFITZNER33=7 RANDOM=8 TRIM=9",
    ),
    "StorageXMLFlags": (
        "virStorageXMLFlags",
        "F",
        "libvirt",
        "VIR_STORAGE_XML_",
        "INACTIVE=1",
    ),
    "StreamEventType": (
        "virStreamEventType",
        "F",
        "libvirt",
        "VIR_STREAM_EVENT_",
        "READABLE=1 WRITABLE=2 ERROR=4 HANGUP=8",
    ),
    "StreamFlags": (
        "virStreamFlags",
        "F",
        "libvirt",
        "VIR_STREAM_",
        "NONBLOCK=1",
    ),
    "StreamRecvFlagsValues": (
        "virStreamRecvFlagsValues",
        "F",
        "libvirt",
        "VIR_STREAM_RECV_",
        "STOP_AT_HOLE=1",
    ),
    "TypedParameterFlags": (
        "virTypedParameterFlags",
        "F",
        "libvirt",
        "VIR_TYPED_PARAM_",
        "STRING_OKAY=4",
    ),
    "TypedParameterType": (
        "virTypedParameterType",
        "I",
        "libvirt",
        "VIR_TYPED_PARAM_",
        "INT=1 UINT=2 LLONG=3 ULLONG=4 DOUBLE=5 BOOLEAN=6 STRING=7",
    ),
    "VcpuHostCpuState": (
        "virVcpuHostCpuState",
        "I",
        "libvirt",
        "VIR_VCPU_INFO_CPU_",
        "UNAVAILABLE=-2 OFFLINE=-1",
    ),
    "VcpuState": (
        "virVcpuState",
        "I",
        "libvirt",
        "VIR_VCPU_",
        "OFFLINE=0 RUNNING=1 BLOCKED=2",
    ),
    "ClientInfoField": (
        "",
        "S",
        "libvirt-admin",
        "VIR_CLIENT_INFO_",
        "READONLY=readonly SASL_USER_NAME=sasl_user_name SELINUX_CONTEXT=selinux_context "
        "SOCKET_ADDR=sock_addr UNIX_GROUP_ID=unix_group_id UNIX_GROUP_NAME=unix_group_name "
        "UNIX_PROCESS_ID=unix_process_id UNIX_USER_ID=unix_user_id UNIX_USER_NAME=unix_user_name "
        "X509_DISTINGUISHED_NAME=tls_x509_dname",
    ),
    "ConnectIdentityField": (
        "",
        "S",
        "libvirt",
        "VIR_CONNECT_IDENTITY_",
        "GROUP_NAME=group-name PROCESS_ID=process-id PROCESS_TIME=process-time "
        "SASL_USER_NAME=sasl-user-name SELINUX_CONTEXT=selinux-context UNIX_GROUP_ID=unix-group-id "
        "UNIX_USER_ID=unix-user-id USER_NAME=user-name X509_DISTINGUISHED_NAME=x509-distinguished-name",
    ),
    "DomainAnnounceInterfaceField": (
        "",
        "S",
        "libvirt",
        "VIR_DOMAIN_ANNOUNCE_INTERFACE_",
        "INITIAL=initial MAX=max ROUNDS=rounds STEP=step",
    ),
    "DomainBandwidthField": (
        "",
        "S",
        "libvirt",
        "VIR_DOMAIN_BANDWIDTH_",
        "IN_AVERAGE=inbound.average IN_BURST=inbound.burst IN_FLOOR=inbound.floor IN_PEAK=inbound.peak "
        "OUT_AVERAGE=outbound.average OUT_BURST=outbound.burst OUT_PEAK=outbound.peak",
    ),
    "DomainBlkioField": (
        "",
        "S",
        "libvirt",
        "VIR_DOMAIN_BLKIO_",
        "DEVICE_READ_BPS=device_read_bytes_sec DEVICE_READ_IOPS=device_read_iops_sec "
        "DEVICE_WEIGHT=device_weight DEVICE_WRITE_BPS=device_write_bytes_sec "
        "DEVICE_WRITE_IOPS=device_write_iops_sec WEIGHT=weight",
    ),
    "DomainBlockCopyField": (
        "",
        "S",
        "libvirt",
        "VIR_DOMAIN_BLOCK_COPY_",
        "BANDWIDTH=bandwidth BUF_SIZE=buf-size GRANULARITY=granularity",
    ),
    "DomainBlockIotuneField": (
        "",
        "S",
        "libvirt",
        "VIR_DOMAIN_BLOCK_IOTUNE_",
        "GROUP_NAME=group_name READ_BYTES_SEC=read_bytes_sec READ_BYTES_SEC_MAX=read_bytes_sec_max "
        "READ_BYTES_SEC_MAX_LENGTH=read_bytes_sec_max_length READ_IOPS_SEC=read_iops_sec "
        "READ_IOPS_SEC_MAX=read_iops_sec_max READ_IOPS_SEC_MAX_LENGTH=read_iops_sec_max_length "
        "SIZE_IOPS_SEC=size_iops_sec TOTAL_BYTES_SEC=total_bytes_sec "
        "TOTAL_BYTES_SEC_MAX=total_bytes_sec_max TOTAL_BYTES_SEC_MAX_LENGTH=total_bytes_sec_max_length "
        "TOTAL_IOPS_SEC=total_iops_sec TOTAL_IOPS_SEC_MAX=total_iops_sec_max "
        "TOTAL_IOPS_SEC_MAX_LENGTH=total_iops_sec_max_length WRITE_BYTES_SEC=write_bytes_sec "
        "WRITE_BYTES_SEC_MAX=write_bytes_sec_max WRITE_BYTES_SEC_MAX_LENGTH=write_bytes_sec_max_length "
        "WRITE_IOPS_SEC=write_iops_sec WRITE_IOPS_SEC_MAX=write_iops_sec_max "
        "WRITE_IOPS_SEC_MAX_LENGTH=write_iops_sec_max_length",
    ),
    "DomainBlockStatsField": (
        "",
        "S",
        "libvirt",
        "VIR_DOMAIN_BLOCK_STATS_",
        "ERRS=errs FLUSH_REQ=flush_operations FLUSH_TOTAL_TIMES=flush_total_times READ_BYTES=rd_bytes "
        "READ_REQ=rd_operations READ_TOTAL_TIMES=rd_total_times WRITE_BYTES=wr_bytes "
        "WRITE_REQ=wr_operations WRITE_TOTAL_TIMES=wr_total_times",
    ),
    "DomainCPUStatsField": (
        "",
        "S",
        "libvirt",
        "VIR_DOMAIN_CPU_STATS_",
        "CPUTIME=cpu_time SYSTEMTIME=system_time USERTIME=user_time VCPUTIME=vcpu_time",
    ),
    "DomainGuestInfoField": (
        "",
        "S",
        "libvirt",
        "VIR_DOMAIN_GUEST_INFO_",
        "DEVICE_COUNT=device.count DEVICE_PREFIX=device. DEVICE_SUFFIX_DRIVER_DATE=.driverDate "
        "DEVICE_SUFFIX_DRIVER_NAME=.driverName DEVICE_SUFFIX_DRIVER_VERSION=.driverVersion "
        "DEVICE_SUFFIX_ID_TYPE=.idType DEVICE_SUFFIX_PCI_DEVICE=.pciDevice "
        "DEVICE_SUFFIX_PCI_VENDOR=.pciVendor DISK_COUNT=disk.count DISK_PREFIX=disk. "
        "DISK_SUFFIX_ALIAS=.alias DISK_SUFFIX_DEPENDENCY_COUNT=.dependency.count "
        "DISK_SUFFIX_DEPENDENCY_PREFIX=.dependency. DISK_SUFFIX_DEPENDENCY_SUFFIX_NAME=.name "
        "DISK_SUFFIX_GUEST_ALIAS=.guest_alias DISK_SUFFIX_GUEST_BUS=.guest_bus DISK_SUFFIX_NAME=.name "
        "DISK_SUFFIX_PARTITION=.partition DISK_SUFFIX_SERIAL=.serial FS_COUNT=fs.count FS_PREFIX=fs. "
        "FS_SUFFIX_DISK_COUNT=.disk.count FS_SUFFIX_DISK_PREFIX=.disk. FS_SUFFIX_DISK_SUFFIX_ALIAS=.alias "
        "FS_SUFFIX_DISK_SUFFIX_DEVICE=.device FS_SUFFIX_DISK_SUFFIX_SERIAL=.serial "
        "FS_SUFFIX_FSTYPE=.fstype FS_SUFFIX_MOUNTPOINT=.mountpoint FS_SUFFIX_NAME=.name "
        "FS_SUFFIX_TOTAL_BYTES=.total-bytes FS_SUFFIX_USED_BYTES=.used-bytes HOSTNAME_HOSTNAME=hostname "
        "IF_COUNT=if.count IF_PREFIX=if. IF_SUFFIX_ADDR_COUNT=.addr.count IF_SUFFIX_ADDR_PREFIX=.addr. "
        "IF_SUFFIX_ADDR_SUFFIX_ADDR=.addr IF_SUFFIX_ADDR_SUFFIX_PREFIX=.prefix "
        "IF_SUFFIX_ADDR_SUFFIX_TYPE=.type IF_SUFFIX_HWADDR=.hwaddr IF_SUFFIX_NAME=.name LOAD_15M=load.15m "
        "LOAD_1M=load.1m LOAD_5M=load.5m OS_ID=os.id OS_KERNEL_RELEASE=os.kernel-release "
        "OS_KERNEL_VERSION=os.kernel-version OS_MACHINE=os.machine OS_NAME=os.name "
        "OS_PRETTY_NAME=os.pretty-name OS_VARIANT=os.variant OS_VARIANT_ID=os.variant-id "
        "OS_VERSION=os.version OS_VERSION_ID=os.version-id TIMEZONE_NAME=timezone.name "
        "TIMEZONE_OFFSET=timezone.offset USER_COUNT=user.count USER_PREFIX=user. "
        "USER_SUFFIX_DOMAIN=.domain USER_SUFFIX_LOGIN_TIME=.login-time USER_SUFFIX_NAME=.name",
    ),
    "DomainIOThreadField": (
        "",
        "S",
        "libvirt",
        "VIR_DOMAIN_IOTHREAD_",
        "POLL_GROW=poll_grow POLL_MAX_NS=poll_max_ns POLL_SHRINK=poll_shrink POLL_WEIGHT=poll_weight "
        "THREAD_POOL_MAX=thread_pool_max THREAD_POOL_MIN=thread_pool_min",
    ),
    "DomainJobField": (
        "",
        "S",
        "libvirt",
        "VIR_DOMAIN_JOB_",
        "AUTO_CONVERGE_THROTTLE=auto_converge_throttle COMPRESSION_BYTES=compression_bytes "
        "COMPRESSION_CACHE=compression_cache COMPRESSION_CACHE_MISSES=compression_cache_misses "
        "COMPRESSION_OVERFLOW=compression_overflow COMPRESSION_PAGES=compression_pages "
        "DATA_PROCESSED=data_processed DATA_REMAINING=data_remaining DATA_TOTAL=data_total "
        "DISK_BPS=disk_bps DISK_PROCESSED=disk_processed DISK_REMAINING=disk_remaining "
        "DISK_TEMP_TOTAL=disk_temp_total DISK_TEMP_USED=disk_temp_used DISK_TOTAL=disk_total "
        "DOWNTIME=downtime DOWNTIME_NET=downtime_net ERRMSG=errmsg MEMORY_BPS=memory_bps "
        "MEMORY_CONSTANT=memory_constant MEMORY_DIRTY_RATE=memory_dirty_rate "
        "MEMORY_ITERATION=memory_iteration MEMORY_NORMAL=memory_normal "
        "MEMORY_NORMAL_BYTES=memory_normal_bytes MEMORY_PAGE_SIZE=memory_page_size "
        "MEMORY_POSTCOPY_REQS=memory_postcopy_requests MEMORY_PROCESSED=memory_processed "
        "MEMORY_REMAINING=memory_remaining MEMORY_TOTAL=memory_total OPERATION=operation "
        "SETUP_TIME=setup_time SUCCESS=success TIME_ELAPSED=time_elapsed "
        "TIME_ELAPSED_NET=time_elapsed_net TIME_REMAINING=time_remaining "
        "VFIO_DATA_TRANSFERRED=vfio_data_transferred",
    ),
    "DomainLaunchSecurityField": (
        "",
        "S",
        "libvirt",
        "VIR_DOMAIN_LAUNCH_SECURITY_",
        "SEV_API_MAJOR=sev-api-major SEV_API_MINOR=sev-api-minor SEV_BUILD_ID=sev-build-id "
        "SEV_MEASUREMENT=sev-measurement SEV_POLICY=sev-policy SEV_SECRET=sev-secret "
        "SEV_SECRET_HEADER=sev-secret-header SEV_SECRET_SET_ADDRESS=sev-secret-set-address "
        "SEV_SNP_POLICY=sev-snp-policy",
    ),
    "DomainMemoryField": (
        "",
        "S",
        "libvirt",
        "VIR_DOMAIN_MEMORY_",
        "HARD_LIMIT=hard_limit MIN_GUARANTEE=min_guarantee SOFT_LIMIT=soft_limit SWAP_HARD_LIMIT=swap_hard_limit",
    ),
    "DomainNumaField": (
        "",
        "S",
        "libvirt",
        "VIR_DOMAIN_NUMA_",
        "MODE=numa_mode NODESET=numa_nodeset",
    ),
    "DomainSaveField": (
        "",
        "S",
        "libvirt",
        "VIR_DOMAIN_SAVE_PARAM_",
        "DXML=dxml FILE=file IMAGE_FORMAT=image_format IMAGE_FORMAT_BZIP2=bzip2 IMAGE_FORMAT_GZIP=gzip "
        "IMAGE_FORMAT_LZOP=lzop IMAGE_FORMAT_RAW=raw IMAGE_FORMAT_SPARSE=sparse IMAGE_FORMAT_XZ=xz "
        "IMAGE_FORMAT_ZSTD=zstd PARALLEL_CHANNELS=parallel.channels",
    ),
    "DomainSchedulerField": (
        "",
        "S",
        "libvirt",
        "VIR_DOMAIN_SCHEDULER_",
        "CAP=cap CPU_SHARES=cpu_shares EMULATOR_PERIOD=emulator_period EMULATOR_QUOTA=emulator_quota "
        "GLOBAL_PERIOD=global_period GLOBAL_QUOTA=global_quota IOTHREAD_PERIOD=iothread_period "
        "IOTHREAD_QUOTA=iothread_quota LIMIT=limit RESERVATION=reservation SHARES=shares "
        "VCPU_PERIOD=vcpu_period VCPU_QUOTA=vcpu_quota WEIGHT=weight",
    ),
    "DomainStatsField": (
        "",
        "S",
        "libvirt",
        "VIR_DOMAIN_STATS_",
        "BALLOON_AVAILABLE=balloon.available BALLOON_CURRENT=balloon.current "
        "BALLOON_DISK_CACHES=balloon.disk_caches BALLOON_HUGETLB_PGALLOC=balloon.hugetlb_pgalloc "
        "BALLOON_HUGETLB_PGFAIL=balloon.hugetlb_pgfail BALLOON_LAST_UPDATE=balloon.last-update "
        "BALLOON_MAJOR_FAULT=balloon.major_fault BALLOON_MAXIMUM=balloon.maximum "
        "BALLOON_MINOR_FAULT=balloon.minor_fault BALLOON_RSS=balloon.rss BALLOON_SWAP_IN=balloon.swap_in "
        "BALLOON_SWAP_OUT=balloon.swap_out BALLOON_UNUSED=balloon.unused BALLOON_USABLE=balloon.usable "
        "BLOCK_COUNT=block.count BLOCK_PREFIX=block. BLOCK_SUFFIX_ALLOCATION=.allocation "
        "BLOCK_SUFFIX_BACKINGINDEX=.backingIndex BLOCK_SUFFIX_CAPACITY=.capacity "
        "BLOCK_SUFFIX_ERRORS=.errors BLOCK_SUFFIX_FL_REQS=.fl.reqs BLOCK_SUFFIX_FL_TIMES=.fl.times "
        "BLOCK_SUFFIX_LATENCY_HISTOGRAM_FLUSH_PREFIX=.latency_histogram.flush. "
        "BLOCK_SUFFIX_LATENCY_HISTOGRAM_READ_PREFIX=.latency_histogram.read. "
        "BLOCK_SUFFIX_LATENCY_HISTOGRAM_SUFFIX_BIN_COUNT=bin.count "
        "BLOCK_SUFFIX_LATENCY_HISTOGRAM_SUFFIX_BIN_PREFIX=bin. "
        "BLOCK_SUFFIX_LATENCY_HISTOGRAM_SUFFIX_BIN_SUFFIX_START=.start "
        "BLOCK_SUFFIX_LATENCY_HISTOGRAM_SUFFIX_BIN_SUFFIX_VALUE=.value "
        "BLOCK_SUFFIX_LATENCY_HISTOGRAM_WRITE_PREFIX=.latency_histogram.write. "
        "BLOCK_SUFFIX_LATENCY_HISTOGRAM_ZONE_APPEND_PREFIX=.latency_histogram.zone_append. "
        "BLOCK_SUFFIX_LIMITS_DISCARD_ALIGNMENT=.limits.discard_alignment "
        "BLOCK_SUFFIX_LIMITS_DISCARD_MAX=.limits.discard_max "
        "BLOCK_SUFFIX_LIMITS_IOV_HW_MAX=.limits.iov_hw_max BLOCK_SUFFIX_LIMITS_IOV_MAX=.limits.iov_max "
        "BLOCK_SUFFIX_LIMITS_MEMORY_ALIGNMENT_MINIMAL=.limits.memory_alignment_minimal "
        "BLOCK_SUFFIX_LIMITS_MEMORY_ALIGNMENT_OPTIMAL=.limits.memory_alignment_optimal "
        "BLOCK_SUFFIX_LIMITS_REQUEST_ALIGNMENT=.limits.request_alignment "
        "BLOCK_SUFFIX_LIMITS_TRANSFER_HW_MAX=.limits.transfer_hw_max "
        "BLOCK_SUFFIX_LIMITS_TRANSFER_MAX=.limits.transfer_max "
        "BLOCK_SUFFIX_LIMITS_TRANSFER_OPTIMAL=.limits.transfer_optimal "
        "BLOCK_SUFFIX_LIMITS_WRITE_ZEROES_ALIGNMENT=.limits.write_zeroes_alignment "
        "BLOCK_SUFFIX_LIMITS_WRITE_ZEROES_MAX=.limits.write_zeroes_max BLOCK_SUFFIX_NAME=.name "
        "BLOCK_SUFFIX_PATH=.path BLOCK_SUFFIX_PHYSICAL=.physical BLOCK_SUFFIX_RD_BYTES=.rd.bytes "
        "BLOCK_SUFFIX_RD_REQS=.rd.reqs BLOCK_SUFFIX_RD_TIMES=.rd.times BLOCK_SUFFIX_THRESHOLD=.threshold "
        "BLOCK_SUFFIX_TIMED_GROUP_COUNT=.timed_group.count BLOCK_SUFFIX_TIMED_GROUP_PREFIX=.timed_group. "
        "BLOCK_SUFFIX_TIMED_GROUP_SUFFIX_FLUSH_LATENCY_AVG=.flush_latency_avg "
        "BLOCK_SUFFIX_TIMED_GROUP_SUFFIX_FLUSH_LATENCY_MAX=.flush_latency_max "
        "BLOCK_SUFFIX_TIMED_GROUP_SUFFIX_FLUSH_LATENCY_MIN=.flush_latency_min "
        "BLOCK_SUFFIX_TIMED_GROUP_SUFFIX_INTERVAL=.interval "
        "BLOCK_SUFFIX_TIMED_GROUP_SUFFIX_RD_LATENCY_AVG=.rd_latency_avg "
        "BLOCK_SUFFIX_TIMED_GROUP_SUFFIX_RD_LATENCY_MAX=.rd_latency_max "
        "BLOCK_SUFFIX_TIMED_GROUP_SUFFIX_RD_LATENCY_MIN=.rd_latency_min "
        "BLOCK_SUFFIX_TIMED_GROUP_SUFFIX_RD_QUEUE_DEPTH_AVG=.rd_queue_depth_avg "
        "BLOCK_SUFFIX_TIMED_GROUP_SUFFIX_WR_LATENCY_AVG=.wr_latency_avg "
        "BLOCK_SUFFIX_TIMED_GROUP_SUFFIX_WR_LATENCY_MAX=.wr_latency_max "
        "BLOCK_SUFFIX_TIMED_GROUP_SUFFIX_WR_LATENCY_MIN=.wr_latency_min "
        "BLOCK_SUFFIX_TIMED_GROUP_SUFFIX_WR_QUEUE_DEPTH_AVG=.wr_queue_depth_avg "
        "BLOCK_SUFFIX_TIMED_GROUP_SUFFIX_ZONE_APPEND_LATENCY_AVG=.zone_append_latency_avg "
        "BLOCK_SUFFIX_TIMED_GROUP_SUFFIX_ZONE_APPEND_LATENCY_MAX=.zone_append_latency_max "
        "BLOCK_SUFFIX_TIMED_GROUP_SUFFIX_ZONE_APPEND_LATENCY_MIN=.zone_append_latency_min "
        "BLOCK_SUFFIX_TIMED_GROUP_SUFFIX_ZONE_APPEND_QUEUE_DEPTH_AVG=.zone_append_queue_depth_avg "
        "BLOCK_SUFFIX_WR_BYTES=.wr.bytes BLOCK_SUFFIX_WR_REQS=.wr.reqs BLOCK_SUFFIX_WR_TIMES=.wr.times "
        "CPU_CACHE_MONITOR_COUNT=cpu.cache.monitor.count CPU_CACHE_MONITOR_PREFIX=cpu.cache.monitor. "
        "CPU_CACHE_MONITOR_SUFFIX_BANK_COUNT=.bank.count CPU_CACHE_MONITOR_SUFFIX_BANK_PREFIX=.bank. "
        "CPU_CACHE_MONITOR_SUFFIX_BANK_SUFFIX_BYTES=.bytes CPU_CACHE_MONITOR_SUFFIX_BANK_SUFFIX_ID=.id "
        "CPU_CACHE_MONITOR_SUFFIX_NAME=.name CPU_CACHE_MONITOR_SUFFIX_VCPUS=.vcpus "
        "CPU_ENERGY_MONITOR_COUNT=cpu.energy.monitor.count CPU_ENERGY_MONITOR_PREFIX=cpu.energy.monitor. "
        "CPU_ENERGY_MONITOR_SUFFIX_NAME=.name CPU_ENERGY_MONITOR_SUFFIX_PKG_COUNT=.pkg.count "
        "CPU_ENERGY_MONITOR_SUFFIX_PKG_PREFIX=.pkg. CPU_ENERGY_MONITOR_SUFFIX_PKG_SUFFIX_ID=.id "
        "CPU_ENERGY_MONITOR_SUFFIX_VCPUS=.vcpus CPU_HALTPOLL_FAIL_TIME=cpu.haltpoll.fail.time "
        "CPU_HALTPOLL_SUCCESS_TIME=cpu.haltpoll.success.time CPU_SYSTEM=cpu.system CPU_TIME=cpu.time "
        "CPU_USER=cpu.user CUSTOM_SUFFIX_TYPE_CUR=.cur CUSTOM_SUFFIX_TYPE_MAX=.max "
        "CUSTOM_SUFFIX_TYPE_SUM=.sum DIRTYRATE_CALC_MODE=dirtyrate.calc_mode "
        "DIRTYRATE_CALC_PERIOD=dirtyrate.calc_period DIRTYRATE_CALC_START_TIME=dirtyrate.calc_start_time "
        "DIRTYRATE_CALC_STATUS=dirtyrate.calc_status "
        "DIRTYRATE_MEGABYTES_PER_SECOND=dirtyrate.megabytes_per_second "
        "DIRTYRATE_VCPU_PREFIX=dirtyrate.vcpu. "
        "DIRTYRATE_VCPU_SUFFIX_MEGABYTES_PER_SECOND=.megabytes_per_second IOTHREAD_COUNT=iothread.count "
        "IOTHREAD_PREFIX=iothread. IOTHREAD_SUFFIX_POLL_GROW=.poll-grow "
        "IOTHREAD_SUFFIX_POLL_MAX_NS=.poll-max-ns IOTHREAD_SUFFIX_POLL_SHRINK=.poll-shrink "
        "IOTHREAD_SUFFIX_POLL_WEIGHT=.poll-weight "
        "MEMORY_BANDWIDTH_MONITOR_COUNT=memory.bandwidth.monitor.count "
        "MEMORY_BANDWIDTH_MONITOR_PREFIX=memory.bandwidth.monitor. "
        "MEMORY_BANDWIDTH_MONITOR_SUFFIX_NAME=.name "
        "MEMORY_BANDWIDTH_MONITOR_SUFFIX_NODE_COUNT=.node.count "
        "MEMORY_BANDWIDTH_MONITOR_SUFFIX_NODE_PREFIX=.node. "
        "MEMORY_BANDWIDTH_MONITOR_SUFFIX_NODE_SUFFIX_BYTES_LOCAL=.bytes.local "
        "MEMORY_BANDWIDTH_MONITOR_SUFFIX_NODE_SUFFIX_BYTES_TOTAL=.bytes.total "
        "MEMORY_BANDWIDTH_MONITOR_SUFFIX_NODE_SUFFIX_ID=.id MEMORY_BANDWIDTH_MONITOR_SUFFIX_VCPUS=.vcpus "
        "NET_COUNT=net.count NET_PREFIX=net. NET_SUFFIX_NAME=.name NET_SUFFIX_RX_BYTES=.rx.bytes "
        "NET_SUFFIX_RX_DROP=.rx.drop NET_SUFFIX_RX_ERRS=.rx.errs NET_SUFFIX_RX_PKTS=.rx.pkts "
        "NET_SUFFIX_TX_BYTES=.tx.bytes NET_SUFFIX_TX_DROP=.tx.drop NET_SUFFIX_TX_ERRS=.tx.errs "
        "NET_SUFFIX_TX_PKTS=.tx.pkts PERF_ALIGNMENT_FAULTS=perf.alignment_faults "
        "PERF_BRANCH_INSTRUCTIONS=perf.branch_instructions PERF_BRANCH_MISSES=perf.branch_misses "
        "PERF_BUS_CYCLES=perf.bus_cycles PERF_CACHE_MISSES=perf.cache_misses "
        "PERF_CACHE_REFERENCES=perf.cache_references PERF_CMT=perf.cmt "
        "PERF_CONTEXT_SWITCHES=perf.context_switches PERF_CPU_CLOCK=perf.cpu_clock "
        "PERF_CPU_CYCLES=perf.cpu_cycles PERF_CPU_MIGRATIONS=perf.cpu_migrations "
        "PERF_EMULATION_FAULTS=perf.emulation_faults PERF_INSTRUCTIONS=perf.instructions "
        "PERF_MBML=perf.mbml PERF_MBMT=perf.mbmt PERF_PAGE_FAULTS=perf.page_faults "
        "PERF_PAGE_FAULTS_MAJ=perf.page_faults_maj PERF_PAGE_FAULTS_MIN=perf.page_faults_min "
        "PERF_REF_CPU_CYCLES=perf.ref_cpu_cycles PERF_STALLED_CYCLES_BACKEND=perf.stalled_cycles_backend "
        "PERF_STALLED_CYCLES_FRONTEND=perf.stalled_cycles_frontend PERF_TASK_CLOCK=perf.task_clock "
        "STATE_REASON=state.reason STATE_STATE=state.state VCPU_CURRENT=vcpu.current "
        "VCPU_MAXIMUM=vcpu.maximum VCPU_PREFIX=vcpu. VCPU_SUFFIX_DELAY=.delay VCPU_SUFFIX_HALTED=.halted "
        "VCPU_SUFFIX_STATE=.state VCPU_SUFFIX_TIME=.time VCPU_SUFFIX_WAIT=.wait VM_PREFIX=vm.",
    ),
    "DomainTunableField": (
        "",
        "S",
        "libvirt",
        "VIR_DOMAIN_TUNABLE_",
        "BLKDEV_DISK=blkdeviotune.disk BLKDEV_GROUP_NAME=blkdeviotune.group_name "
        "BLKDEV_READ_BYTES_SEC=blkdeviotune.read_bytes_sec "
        "BLKDEV_READ_BYTES_SEC_MAX=blkdeviotune.read_bytes_sec_max "
        "BLKDEV_READ_BYTES_SEC_MAX_LENGTH=blkdeviotune.read_bytes_sec_max_length "
        "BLKDEV_READ_IOPS_SEC=blkdeviotune.read_iops_sec "
        "BLKDEV_READ_IOPS_SEC_MAX=blkdeviotune.read_iops_sec_max "
        "BLKDEV_READ_IOPS_SEC_MAX_LENGTH=blkdeviotune.read_iops_sec_max_length "
        "BLKDEV_SIZE_IOPS_SEC=blkdeviotune.size_iops_sec "
        "BLKDEV_TOTAL_BYTES_SEC=blkdeviotune.total_bytes_sec "
        "BLKDEV_TOTAL_BYTES_SEC_MAX=blkdeviotune.total_bytes_sec_max "
        "BLKDEV_TOTAL_BYTES_SEC_MAX_LENGTH=blkdeviotune.total_bytes_sec_max_length "
        "BLKDEV_TOTAL_IOPS_SEC=blkdeviotune.total_iops_sec "
        "BLKDEV_TOTAL_IOPS_SEC_MAX=blkdeviotune.total_iops_sec_max "
        "BLKDEV_TOTAL_IOPS_SEC_MAX_LENGTH=blkdeviotune.total_iops_sec_max_length "
        "BLKDEV_WRITE_BYTES_SEC=blkdeviotune.write_bytes_sec "
        "BLKDEV_WRITE_BYTES_SEC_MAX=blkdeviotune.write_bytes_sec_max "
        "BLKDEV_WRITE_BYTES_SEC_MAX_LENGTH=blkdeviotune.write_bytes_sec_max_length "
        "BLKDEV_WRITE_IOPS_SEC=blkdeviotune.write_iops_sec "
        "BLKDEV_WRITE_IOPS_SEC_MAX=blkdeviotune.write_iops_sec_max "
        "BLKDEV_WRITE_IOPS_SEC_MAX_LENGTH=blkdeviotune.write_iops_sec_max_length "
        "CPU_CPU_SHARES=cputune.cpu_shares CPU_EMULATORPIN=cputune.emulatorpin "
        "CPU_EMULATOR_PERIOD=cputune.emulator_period CPU_EMULATOR_QUOTA=cputune.emulator_quota "
        "CPU_GLOBAL_PERIOD=cputune.global_period CPU_GLOBAL_QUOTA=cputune.global_quota "
        "CPU_IOTHREADSPIN=cputune.iothreadpin%u CPU_IOTHREAD_PERIOD=cputune.iothread_period "
        "CPU_IOTHREAD_QUOTA=cputune.iothread_quota CPU_VCPUPIN=cputune.vcpupin%u "
        "CPU_VCPU_PERIOD=cputune.vcpu_period CPU_VCPU_QUOTA=cputune.vcpu_quota",
    ),
    "MigrateField": (
        "",
        "S",
        "libvirt",
        "VIR_MIGRATE_PARAM_",
        "AUTO_CONVERGE_INCREMENT=auto_converge.increment AUTO_CONVERGE_INITIAL=auto_converge.initial "
        "BANDWIDTH=bandwidth BANDWIDTH_AVAIL_SWITCHOVER=bandwidth.avail.switchover "
        "BANDWIDTH_POSTCOPY=bandwidth.postcopy COMPRESSION=compression "
        "COMPRESSION_MT_DTHREADS=compression.mt.dthreads COMPRESSION_MT_LEVEL=compression.mt.level "
        "COMPRESSION_MT_THREADS=compression.mt.threads COMPRESSION_XBZRLE_CACHE=compression.xbzrle.cache "
        "COMPRESSION_ZLIB_LEVEL=compression.zlib.level COMPRESSION_ZSTD_LEVEL=compression.zstd.level "
        "DEST_NAME=destination_name DEST_XML=destination_xml DISKS_PORT=disks_port DISKS_URI=disks_uri "
        "GRAPHICS_URI=graphics_uri LISTEN_ADDRESS=listen_address MIGRATE_DISKS=migrate_disks "
        "MIGRATE_DISKS_DETECT_ZEROES=migrate_disks_detect_zeroes "
        "MIGRATE_DISKS_TARGET_ZERO=migrate_disks_target_zero PARALLEL_CONNECTIONS=parallel.connections "
        "PERSIST_XML=persistent_xml TLS_DESTINATION=tls.destination URI=migrate_uri",
    ),
    "NetworkPortBandwidthField": (
        "",
        "S",
        "libvirt",
        "VIR_NETWORK_PORT_BANDWIDTH_",
        "IN_AVERAGE=inbound.average IN_BURST=inbound.burst IN_FLOOR=inbound.floor IN_PEAK=inbound.peak "
        "OUT_AVERAGE=outbound.average OUT_BURST=outbound.burst OUT_PEAK=outbound.peak",
    ),
    "NodeCPUStatsField": (
        "",
        "S",
        "libvirt",
        "VIR_NODE_CPU_STATS_",
        "GUEST=guest IDLE=idle INTR=intr IOWAIT=iowait KERNEL=kernel USER=user UTILIZATION=utilization",
    ),
    "NodeMemorySharedField": (
        "",
        "S",
        "libvirt",
        "VIR_NODE_MEMORY_SHARED_",
        "FULL_SCANS=shm_full_scans MERGE_ACROSS_NODES=shm_merge_across_nodes "
        "PAGES_SHARED=shm_pages_shared PAGES_SHARING=shm_pages_sharing PAGES_TO_SCAN=shm_pages_to_scan "
        "PAGES_UNSHARED=shm_pages_unshared PAGES_VOLATILE=shm_pages_volatile "
        "SLEEP_MILLISECS=shm_sleep_millisecs",
    ),
    "NodeMemoryStatsField": (
        "",
        "S",
        "libvirt",
        "VIR_NODE_MEMORY_STATS_",
        "AVAILABLE=available BUFFERS=buffers CACHED=cached FREE=free TOTAL=total",
    ),
    "NodeSEVField": (
        "",
        "S",
        "libvirt",
        "VIR_NODE_SEV_",
        "CBITPOS=cbitpos CERT_CHAIN=cert-chain CPU0_ID=cpu0-id MAX_ES_GUESTS=max-es-guests "
        "MAX_GUESTS=max-guests PDH=pdh REDUCED_PHYS_BITS=reduced-phys-bits",
    ),
    "PerfField": (
        "",
        "S",
        "libvirt",
        "VIR_PERF_PARAM_",
        "ALIGNMENT_FAULTS=alignment_faults BRANCH_INSTRUCTIONS=branch_instructions "
        "BRANCH_MISSES=branch_misses BUS_CYCLES=bus_cycles CACHE_MISSES=cache_misses "
        "CACHE_REFERENCES=cache_references CMT=cmt CONTEXT_SWITCHES=context_switches CPU_CLOCK=cpu_clock "
        "CPU_CYCLES=cpu_cycles CPU_MIGRATIONS=cpu_migrations EMULATION_FAULTS=emulation_faults "
        "INSTRUCTIONS=instructions MBML=mbml MBMT=mbmt PAGE_FAULTS=page_faults "
        "PAGE_FAULTS_MAJ=page_faults_maj PAGE_FAULTS_MIN=page_faults_min REF_CPU_CYCLES=ref_cpu_cycles "
        "STALLED_CYCLES_BACKEND=stalled_cycles_backend STALLED_CYCLES_FRONTEND=stalled_cycles_frontend "
        "TASK_CLOCK=task_clock",
    ),
    "ServerClientsField": (
        "",
        "S",
        "libvirt-admin",
        "VIR_SERVER_CLIENTS_",
        "CURRENT=nclients MAX=nclients_max UNAUTH_CURRENT=nclients_unauth UNAUTH_MAX=nclients_unauth_max",
    ),
    "ThreadpoolField": (
        "",
        "S",
        "libvirt-admin",
        "VIR_THREADPOOL_",
        "JOB_QUEUE_DEPTH=jobQueueDepth WORKERS_CURRENT=nWorkers WORKERS_FREE=freeWorkers "
        "WORKERS_MAX=maxWorkers WORKERS_MIN=minWorkers WORKERS_PRIORITY=prioWorkers",
    ),
}

# Integer macros by the library whose Python module shows them; c: shown by none.
INTEGERS: dict[str, str] = {
    "libvirt": "VIR_DOMAIN_MEMORY_STAT_LAST=13 VIR_DOMAIN_MEMORY_STAT_NR=13",
    "c": "LIBVIR_VERSION_NUMBER=12008000 VIR_DOMAIN_BLKIO_FIELD_LENGTH=80 "
    "VIR_DOMAIN_BLOCK_STATS_FIELD_LENGTH=80 VIR_DOMAIN_MEMORY_FIELD_LENGTH=80 "
    "VIR_DOMAIN_MEMORY_PARAM_UNLIMITED=9007199254740991 VIR_DOMAIN_SCHED_FIELD_LENGTH=80 "
    "VIR_DOMAIN_SEND_KEY_MAX_KEYS=16 VIR_KEYCODE_SET_RFB=9 VIR_NODE_CPU_STATS_FIELD_LENGTH=80 "
    "VIR_NODE_MEMORY_STATS_FIELD_LENGTH=80 VIR_SECURITY_DOI_BUFLEN=257 VIR_SECURITY_LABEL_BUFLEN=4097 "
    "VIR_SECURITY_MODEL_BUFLEN=257 VIR_TYPED_PARAM_FIELD_LENGTH=80 VIR_UUID_BUFLEN=16 "
    "VIR_UUID_STRING_BUFLEN=37",
}
