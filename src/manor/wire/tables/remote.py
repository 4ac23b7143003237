# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: E501
"""The remote program, written by tools/generate_wire_tables.py: do not edit."""

NUMBER = 0x20008086
VERSION = 1

LIMITS = """
AUTH_SASL_DATA_MAX=65536
AUTH_TYPE_LIST_MAX=20
CONNECT_CPU_MODELS_MAX=8192
CONNECT_GET_ALL_DOMAIN_STATS_MAX=262144
CONNECT_IDENTITY_PARAMS_MAX=20
CPUMAPS_MAX=8388608
CPUMAP_MAX=2048
CPU_BASELINE_MAX=256
DOMAIN_AUTHORIZED_SSH_KEYS_MAX=2048
DOMAIN_BLKIO_PARAMETERS_MAX=16
DOMAIN_BLOCK_COPY_PARAMETERS_MAX=16
DOMAIN_BLOCK_IO_TUNE_PARAMETERS_MAX=32
DOMAIN_BLOCK_PEEK_BUFFER_MAX=4194304
DOMAIN_BLOCK_STATS_PARAMETERS_MAX=16
DOMAIN_CHECKPOINT_LIST_MAX=16384
DOMAIN_DISK_ERRORS_MAX=256
DOMAIN_EVENT_GRAPHICS_IDENTITY_MAX=20
DOMAIN_EVENT_TUNABLE_MAX=2048
DOMAIN_FSFREEZE_MOUNTPOINTS_MAX=256
DOMAIN_FSINFO_DISKS_MAX=256
DOMAIN_FSINFO_MAX=256
DOMAIN_GET_CPU_STATS_MAX=2048
DOMAIN_GUEST_INFO_PARAMS_MAX=2048
DOMAIN_GUEST_VCPU_PARAMS_MAX=64
DOMAIN_INTERFACE_MAX=2048
DOMAIN_INTERFACE_PARAMETERS_MAX=16
DOMAIN_IOTHREAD_PARAMS_MAX=64
DOMAIN_IP_ADDR_MAX=2048
DOMAIN_JOB_STATS_MAX=64
DOMAIN_LAUNCH_SECURITY_INFO_PARAMS_MAX=64
DOMAIN_LAUNCH_SECURITY_STATE_PARAMS_MAX=64
DOMAIN_LIST_MAX=16384
DOMAIN_MEMORY_PARAMETERS_MAX=16
DOMAIN_MEMORY_PEEK_BUFFER_MAX=4194304
DOMAIN_MEMORY_STATS_MAX=1024
DOMAIN_MESSAGES_MAX=2048
DOMAIN_MIGRATE_PARAM_LIST_MAX=64
DOMAIN_NUMA_PARAMETERS_MAX=16
DOMAIN_PERF_EVENTS_MAX=64
DOMAIN_SAVE_PARAMS_MAX=64
DOMAIN_SCHEDULER_PARAMETERS_MAX=16
DOMAIN_SEND_KEY_MAX=16
DOMAIN_SNAPSHOT_LIST_MAX=16384
INTERFACE_LIST_MAX=16384
IOTHREAD_INFO_MAX=16384
MIGRATE_COOKIE_MAX=4194304
NETWORK_DHCP_LEASES_MAX=65536
NETWORK_LIST_MAX=16384
NETWORK_PORT_LIST_MAX=16384
NETWORK_PORT_PARAMETERS_MAX=16
NODE_CPU_STATS_MAX=16
NODE_DEVICE_CAPS_LIST_MAX=65536
NODE_DEVICE_LIST_MAX=65536
NODE_MAX_CELLS=1024
NODE_MEMORY_PARAMETERS_MAX=64
NODE_MEMORY_STATS_MAX=16
NODE_SEV_INFO_MAX=64
NWFILTER_BINDING_LIST_MAX=16384
NWFILTER_LIST_MAX=16384
SECRET_LIST_MAX=16384
SECRET_VALUE_MAX=65536
SECURITY_DOI_MAX=257
SECURITY_LABEL_LIST_MAX=64
SECURITY_LABEL_MAX=4097
SECURITY_MODEL_MAX=257
STORAGE_POOL_LIST_MAX=16384
STORAGE_VOL_LIST_MAX=16384
VCPUINFO_MAX=16384
"""

STRUCTURES = """
domain DomainRef name:string uuid:uuid id:int
domain_checkpoint DomainCheckpointRef name:string dom:domain
domain_disk_error DomainDiskError disk:string error:int
domain_event_graphics_address events.GraphicsAddress family:int node:string service:string
domain_event_graphics_identity events.GraphicsIdentity type:string name:string
domain_fsinfo DomainFSInfo mountpoint:string name:string fstype:string dev_aliases:string<DOMAIN_FSINFO_DISKS_MAX>
domain_get_security_label_ret SecurityLabel label:text<SECURITY_LABEL_MAX> enforcing:int
domain_interface DomainInterface name:string hwaddr:string? addrs:domain_ip_addr<DOMAIN_IP_ADDR_MAX>
domain_iothread_info DomainIOThreadInfo iothread_id:uint cpumap:opaque<CPUMAP_MAX>
domain_ip_addr DomainIPAddress type:int addr:string prefix:uint
domain_memory_stat DomainMemoryStat tag:int val:uhyper
domain_snapshot DomainSnapshotRef name:string dom:domain
domain_stats_record DomainStatsRecord dom:domain params:param<CONNECT_GET_ALL_DOMAIN_STATS_MAX>
error - code:int domain:int message:string? level:int dom:domain? str1:string? str2:string? str3:string? int1:int int2:int net:network?
interface InterfaceRef name:string mac:string
network NetworkRef name:string uuid:uuid
network_dhcp_lease NetworkDHCPLease iface:string expirytime:hyper type:int mac:string? iaid:string? ipaddr:string prefix:uint hostname:string? clientid:string?
network_port NetworkPortRef net:network uuid:uuid
node_device NodeDeviceRef name:string
node_get_cpu_stats NodeCPUStat field:string value:uhyper
node_get_memory_stats NodeMemoryStat field:string value:uhyper
nwfilter NwfilterRef name:string uuid:uuid
nwfilter_binding NwfilterBindingRef portdev:string filtername:string
secret SecretRef uuid:uuid usage_type:int usage_id:string
storage_pool StoragePoolRef name:string uuid:uuid
storage_vol StorageVolRef pool:string name:string key:string
vcpu_info VcpuInfo number:uint state:int cpu_time:uhyper cpu:int
"""

PROCEDURES = """
1 connect_open high; connect:getattr; name:string? flags:uint;
2 connect_close high; none; ;
3 connect_get_type high; connect:getattr; ; type:string
4 connect_get_version high; connect:getattr; ; hv_ver:uhyper
5 connect_get_max_vcpus high; connect:read; type:string?; max_vcpus:int
6 node_get_info high; connect:read; ; =NodeInfo model:text[32] memory:uhyper cpus:int mhz:int nodes:int sockets:int cores:int threads:int
7 connect_get_capabilities; connect:read; ; capabilities:string
8 domain_attach_device; domain:write; dom:domain xml:string;
9 domain_create; domain:start; dom:domain;
10 domain_create_xml; domain:write domain:start; xml_desc:string flags:uint; dom:domain
11 domain_define_xml high; domain:write domain:save; xml:string; dom:domain
12 domain_destroy high; domain:stop; dom:domain;
13 domain_detach_device; domain:write; dom:domain xml:string;
14 domain_get_xml_desc; domain:read domain:read_secure:VIR_DOMAIN_XML_SECURE domain:read_secure:VIR_DOMAIN_XML_MIGRATABLE; dom:domain flags:uint; xml:string
15 domain_get_autostart high; domain:read; dom:domain; autostart:int
16 domain_get_info; domain:read; dom:domain; =DomainInfo state:uint max_mem:uhyper memory:uhyper nr_virt_cpu:uint cpu_time:uhyper
17 domain_get_max_memory high; domain:read; dom:domain; memory:uhyper
18 domain_get_max_vcpus high; domain:read; dom:domain; num:int
19 domain_get_os_type high; domain:read; dom:domain; type:string
20 domain_get_vcpus high; domain:read; dom:domain maxinfo:int maplen:int; info:vcpu_info<VCPUINFO_MAX> cpumaps:opaque<CPUMAPS_MAX>
21 connect_list_defined_domains high filter=domain:getattr; connect:search_domains; maxnames:int; names:string<DOMAIN_LIST_MAX>
22 domain_lookup_by_id high; domain:getattr; id:int; dom:domain
23 domain_lookup_by_name high; domain:getattr; name:string; dom:domain
24 domain_lookup_by_uuid high; domain:getattr; uuid:uuid; dom:domain
25 connect_num_of_defined_domains high filter=domain:getattr; connect:search_domains; ; num:int
26 domain_pin_vcpu; domain:write; dom:domain vcpu:uint cpumap:opaque<CPUMAP_MAX>;
27 domain_reboot; domain:init_control domain:write:VIR_DOMAIN_REBOOT_GUEST_AGENT; dom:domain flags:uint;
28 domain_resume; domain:suspend; dom:domain;
29 domain_set_autostart high; domain:write; dom:domain autostart:int;
30 domain_set_max_memory high; domain:write; dom:domain memory:uhyper;
31 domain_set_memory; domain:write; dom:domain memory:uhyper;
32 domain_set_vcpus; domain:write; dom:domain nvcpus:uint;
33 domain_shutdown; domain:init_control; dom:domain;
34 domain_suspend; domain:suspend; dom:domain;
35 domain_undefine high; domain:delete; dom:domain;
36 connect_list_defined_networks high filter=network:getattr; connect:search_networks; maxnames:int; names:string<NETWORK_LIST_MAX>
37 connect_list_domains high filter=domain:getattr; connect:search_domains; maxids:int; ids:int<DOMAIN_LIST_MAX>
38 connect_list_networks high filter=network:getattr; connect:search_networks; maxnames:int; names:string<NETWORK_LIST_MAX>
39 network_create; network:start; net:network;
40 network_create_xml; network:write network:start; xml:string; net:network
41 network_define_xml high; network:write network:save; xml:string; net:network
42 network_destroy high; network:stop; net:network;
43 network_get_xml_desc high; network:read; net:network flags:uint; xml:string
44 network_get_autostart high; network:read; net:network; autostart:int
45 network_get_bridge_name high; network:read; net:network; name:string
46 network_lookup_by_name high; network:getattr; name:string; net:network
47 network_lookup_by_uuid high; network:getattr; uuid:uuid; net:network
48 network_set_autostart high; network:write; net:network autostart:int;
49 network_undefine high; network:delete; net:network;
50 connect_num_of_defined_networks high filter=network:getattr; connect:search_networks; ; num:int
51 connect_num_of_domains high filter=domain:getattr; connect:search_domains; ; num:int
52 connect_num_of_networks high filter=network:getattr; connect:search_networks; ; num:int
53 domain_core_dump; domain:core_dump; dom:domain to_file:string flags:uint;
54 domain_restore; domain:start domain:write; from_file:string;
55 domain_save; domain:hibernate; dom:domain to_file:string;
56 domain_get_scheduler_type; domain:read; dom:domain; type:string nparams:int
57 domain_get_scheduler_parameters; domain:read; dom:domain nparams:int; params:param<DOMAIN_SCHEDULER_PARAMETERS_MAX>
58 domain_set_scheduler_parameters; domain:read; dom:domain params:param<DOMAIN_SCHEDULER_PARAMETERS_MAX>;
59 connect_get_hostname high; connect:getattr; ; hostname:string
60 connect_supports_feature high; connect:getattr; feature:int; supported:int
61 domain_migrate_prepare; domain:migrate domain:start domain:write; uri_in:string? flags:uhyper dname:string? resource:uhyper; =MigratePrepareResult cookie:opaque<MIGRATE_COOKIE_MAX> uri_out:string?
62 domain_migrate_perform; domain:migrate; dom:domain cookie:opaque<MIGRATE_COOKIE_MAX> uri:string flags:uhyper dname:string? resource:uhyper;
63 domain_migrate_finish; domain:migrate; dname:string cookie:opaque<MIGRATE_COOKIE_MAX> uri:string flags:uhyper; ddom:domain
64 domain_block_stats; domain:read; dom:domain path:string; =DomainBlockStats rd_req:hyper rd_bytes:hyper wr_req:hyper wr_bytes:hyper errs:hyper
65 domain_interface_stats high; domain:read; dom:domain device:string; =DomainInterfaceStats rx_bytes:hyper rx_packets:hyper rx_errs:hyper rx_drop:hyper tx_bytes:hyper tx_packets:hyper tx_errs:hyper tx_drop:hyper
66 auth_list high preauth; none; ; types:int<AUTH_TYPE_LIST_MAX>
67 auth_sasl_init high preauth; none; ; mechlist:string
68 auth_sasl_start high preauth; none; mech:string nil:int data:octets<AUTH_SASL_DATA_MAX>; complete:int nil:int data:octets<AUTH_SASL_DATA_MAX>
69 auth_sasl_step high preauth; none; nil:int data:octets<AUTH_SASL_DATA_MAX>; complete:int nil:int data:octets<AUTH_SASL_DATA_MAX>
70 auth_polkit high preauth; none; ; complete:int
71 connect_num_of_storage_pools high filter=storage_pool:getattr; connect:search_storage_pools; ; num:int
72 connect_list_storage_pools high filter=storage_pool:getattr; connect:search_storage_pools; maxnames:int; names:string<STORAGE_POOL_LIST_MAX>
73 connect_num_of_defined_storage_pools high filter=storage_pool:getattr; connect:search_storage_pools; ; num:int
74 connect_list_defined_storage_pools high filter=storage_pool:getattr; connect:search_storage_pools; maxnames:int; names:string<STORAGE_POOL_LIST_MAX>
75 connect_find_storage_pool_sources; connect:detect_storage_pools; type:string source_spec:string? flags:uint; xml:string
76 storage_pool_create_xml; storage_pool:start storage_pool:write; xml:string flags:uint; pool:storage_pool
77 storage_pool_define_xml high; storage_pool:write storage_pool:save; xml:string flags:uint; pool:storage_pool
78 storage_pool_create; storage_pool:start; pool:storage_pool flags:uint;
79 storage_pool_build; storage_pool:format; pool:storage_pool flags:uint;
80 storage_pool_destroy high; storage_pool:stop; pool:storage_pool;
81 storage_pool_delete; storage_pool:format; pool:storage_pool flags:uint;
82 storage_pool_undefine high; storage_pool:delete; pool:storage_pool;
83 storage_pool_refresh; storage_pool:refresh; pool:storage_pool flags:uint;
84 storage_pool_lookup_by_name high; storage_pool:getattr; name:string; pool:storage_pool
85 storage_pool_lookup_by_uuid high; storage_pool:getattr; uuid:uuid; pool:storage_pool
86 storage_pool_lookup_by_volume high; storage_pool:getattr; vol:storage_vol; pool:storage_pool
87 storage_pool_get_info high; storage_pool:read; pool:storage_pool; =StoragePoolInfo state:uint capacity:uhyper allocation:uhyper available:uhyper
88 storage_pool_get_xml_desc high; storage_pool:read; pool:storage_pool flags:uint; xml:string
89 storage_pool_get_autostart high; storage_pool:read; pool:storage_pool; autostart:int
90 storage_pool_set_autostart high; storage_pool:write; pool:storage_pool autostart:int;
91 storage_pool_num_of_volumes high filter=storage_vol:getattr; storage_pool:search_storage_vols; pool:storage_pool; num:int
92 storage_pool_list_volumes high filter=storage_vol:getattr; storage_pool:search_storage_vols; pool:storage_pool maxnames:int; names:string<STORAGE_VOL_LIST_MAX>
93 storage_vol_create_xml; storage_vol:create; pool:storage_pool xml:string flags:uint; vol:storage_vol
94 storage_vol_delete; storage_vol:delete; vol:storage_vol flags:uint;
95 storage_vol_lookup_by_name high; storage_vol:getattr; pool:storage_pool name:string; vol:storage_vol
96 storage_vol_lookup_by_key high; storage_vol:getattr; key:string; vol:storage_vol
97 storage_vol_lookup_by_path high; storage_vol:getattr; path:string; vol:storage_vol
98 storage_vol_get_info high; storage_vol:read; vol:storage_vol; =StorageVolInfo type:int capacity:uhyper allocation:uhyper
99 storage_vol_get_xml_desc high; storage_vol:read; vol:storage_vol flags:uint; xml:string
100 storage_vol_get_path high; storage_vol:read; vol:storage_vol; name:string
101 node_get_cells_free_memory high; connect:read; start_cell:int max_cells:int; cells:uhyper<NODE_MAX_CELLS>
102 node_get_free_memory high; connect:read; ; free_mem:uhyper
103 domain_block_peek; domain:block_read; dom:domain path:string offset:uhyper size:uint flags:uint; buffer:opaque<DOMAIN_BLOCK_PEEK_BUFFER_MAX>
104 domain_memory_peek; domain:mem_read; dom:domain offset:uhyper size:uint flags:uint; buffer:opaque<DOMAIN_MEMORY_PEEK_BUFFER_MAX>
105 connect_domain_event_register high filter=domain:getattr; connect:search_domains; ; cb_registered:int
106 connect_domain_event_deregister high; connect:read; ; cb_registered:int
107 domain_event_lifecycle event=domain/0; none; ; dom:domain event:int detail:int
108 domain_migrate_prepare2; domain:migrate domain:start domain:write; uri_in:string? flags:uhyper dname:string? resource:uhyper dom_xml:string; =MigratePrepare2Result cookie:opaque<MIGRATE_COOKIE_MAX> uri_out:string?
109 domain_migrate_finish2; domain:migrate; dname:string cookie:opaque<MIGRATE_COOKIE_MAX> uri:string flags:uhyper retcode:int; ddom:domain
110 connect_get_uri high; connect:getattr; ; uri:string
111 node_num_of_devices high filter=node_device:getattr; connect:search_node_devices; cap:string? flags:uint; num:int
112 node_list_devices high filter=node_device:getattr; connect:search_node_devices; cap:string? maxnames:int flags:uint; names:string<NODE_DEVICE_LIST_MAX>
113 node_device_lookup_by_name high; node_device:getattr; name:string; dev:node_device
114 node_device_get_xml_desc; node_device:read; name:string flags:uint; xml:string
115 node_device_get_parent high; node_device:read; name:string; parent_name:string?
116 node_device_num_of_caps high; node_device:read; name:string; num:int
117 node_device_list_caps high; node_device:read; name:string maxnames:int; names:string<NODE_DEVICE_CAPS_LIST_MAX>
118 node_device_dettach; node_device:detach; name:string;
119 node_device_re_attach; node_device:detach; name:string;
120 node_device_reset; node_device:detach; name:string;
121 domain_get_security_label high; domain:read; dom:domain; =SecurityLabel label:text<SECURITY_LABEL_MAX> enforcing:int
122 node_get_security_model high; connect:read; ; =NodeSecurityModel model:text<SECURITY_MODEL_MAX> doi:text<SECURITY_DOI_MAX>
123 node_device_create_xml; node_device:write node_device:start; xml_desc:string flags:uint; dev:node_device
124 node_device_destroy high; node_device:stop; name:string;
125 storage_vol_create_xml_from; storage_vol:create; pool:storage_pool xml:string clonevol:storage_vol flags:uint; vol:storage_vol
126 connect_num_of_interfaces high filter=interface:getattr; connect:search_interfaces; ; num:int
127 connect_list_interfaces high filter=interface:getattr; connect:search_interfaces; maxnames:int; names:string<INTERFACE_LIST_MAX>
128 interface_lookup_by_name high; interface:getattr; name:string; iface:interface
129 interface_lookup_by_mac_string high; interface:getattr; mac:string; iface:interface
130 interface_get_xml_desc; interface:read; iface:interface flags:uint; xml:string
131 interface_define_xml high; interface:write interface:save; xml:string flags:uint; iface:interface
132 interface_undefine high; interface:delete; iface:interface;
133 interface_create; interface:start; iface:interface flags:uint;
134 interface_destroy high; interface:stop; iface:interface flags:uint;
135 connect_domain_xml_from_native; connect:write; native_format:string native_config:string flags:uint; domain_xml:string
136 connect_domain_xml_to_native; connect:write; native_format:string domain_xml:string flags:uint; native_config:string
137 connect_num_of_defined_interfaces high filter=interface:getattr; connect:search_interfaces; ; num:int
138 connect_list_defined_interfaces high filter=interface:getattr; connect:search_interfaces; maxnames:int; names:string<INTERFACE_LIST_MAX>
139 connect_num_of_secrets high filter=secret:getattr; connect:search_secrets; ; num:int
140 connect_list_secrets high filter=secret:getattr; connect:search_secrets; maxuuids:int; uuids:string<SECRET_LIST_MAX>
141 secret_lookup_by_uuid high; secret:getattr; uuid:uuid; secret:secret
142 secret_define_xml high; secret:write secret:save; xml:string flags:uint; secret:secret
143 secret_get_xml_desc high; secret:read; secret:secret flags:uint; xml:string
144 secret_set_value high; secret:write; secret:secret value:opaque<SECRET_VALUE_MAX> flags:uint;
145 secret_get_value high; secret:read_secure; secret:secret flags:uint; value:opaque<SECRET_VALUE_MAX>
146 secret_undefine high; secret:delete; secret:secret;
147 secret_lookup_by_usage high; secret:getattr; usage_type:int usage_id:string; secret:secret
148 domain_migrate_prepare_tunnel stream=write; domain:migrate domain:start domain:write; flags:uhyper dname:string? resource:uhyper dom_xml:string;
149 connect_is_secure high; none; ; secure:int
150 domain_is_active high; domain:read; dom:domain; active:int
151 domain_is_persistent high; domain:read; dom:domain; persistent:int
152 network_is_active high; network:read; net:network; active:int
153 network_is_persistent high; network:read; net:network; persistent:int
154 storage_pool_is_active high; storage_pool:read; pool:storage_pool; active:int
155 storage_pool_is_persistent high; storage_pool:read; pool:storage_pool; persistent:int
156 interface_is_active high; interface:read; iface:interface; active:int
157 connect_get_lib_version high; connect:getattr; ; lib_ver:uhyper
158 connect_compare_cpu high; connect:read; xml:string flags:uint; result:int
159 domain_memory_stats; domain:read; dom:domain max_stats:uint flags:uint; stats:domain_memory_stat<DOMAIN_MEMORY_STATS_MAX>
160 domain_attach_device_flags; domain:write domain:save:!VIR_DOMAIN_AFFECT_CONFIG|VIR_DOMAIN_AFFECT_LIVE domain:save:VIR_DOMAIN_AFFECT_CONFIG; dom:domain xml:string flags:uint;
161 domain_detach_device_flags; domain:write domain:save:!VIR_DOMAIN_AFFECT_CONFIG|VIR_DOMAIN_AFFECT_LIVE domain:save:VIR_DOMAIN_AFFECT_CONFIG; dom:domain xml:string flags:uint;
162 connect_baseline_cpu; connect:read; xml_cpus:string<CPU_BASELINE_MAX> flags:uint; cpu:string
163 domain_get_job_info; domain:read; dom:domain; =DomainJobInfo type:int time_elapsed:uhyper time_remaining:uhyper data_total:uhyper data_processed:uhyper data_remaining:uhyper mem_total:uhyper mem_processed:uhyper mem_remaining:uhyper file_total:uhyper file_processed:uhyper file_remaining:uhyper
164 domain_abort_job; domain:write; dom:domain;
165 storage_vol_wipe; storage_vol:format; vol:storage_vol flags:uint;
166 domain_migrate_set_max_downtime; domain:migrate; dom:domain downtime:uhyper flags:uint;
167 connect_domain_event_register_any high filter=domain:getattr; connect:search_domains; event_id:int;
168 connect_domain_event_deregister_any high; connect:read; event_id:int;
169 domain_event_reboot event=domain/1; none; ; dom:domain
170 domain_event_rtc_change event=domain/2; none; ; dom:domain offset:hyper
171 domain_event_watchdog event=domain/3; none; ; dom:domain action:int
172 domain_event_io_error event=domain/4; none; ; dom:domain src_path:string dev_alias:string action:int
173 domain_event_graphics event=domain/5; none; ; dom:domain phase:int local:domain_event_graphics_address remote:domain_event_graphics_address auth_scheme:string subject:domain_event_graphics_identity<DOMAIN_EVENT_GRAPHICS_IDENTITY_MAX>
174 domain_update_device_flags; domain:write domain:save:!VIR_DOMAIN_AFFECT_CONFIG|VIR_DOMAIN_AFFECT_LIVE domain:save:VIR_DOMAIN_AFFECT_CONFIG; dom:domain xml:string flags:uint;
175 nwfilter_lookup_by_name high; nwfilter:getattr; name:string; nwfilter:nwfilter
176 nwfilter_lookup_by_uuid high; nwfilter:getattr; uuid:uuid; nwfilter:nwfilter
177 nwfilter_get_xml_desc high; nwfilter:read; nwfilter:nwfilter flags:uint; xml:string
178 connect_num_of_nwfilters high filter=nwfilter:getattr; connect:search_nwfilters; ; num:int
179 connect_list_nwfilters high filter=nwfilter:getattr; connect:search_nwfilters; maxnames:int; names:string<NWFILTER_LIST_MAX>
180 nwfilter_define_xml high; nwfilter:write nwfilter:save; xml:string; nwfilter:nwfilter
181 nwfilter_undefine high; nwfilter:delete; nwfilter:nwfilter;
182 domain_managed_save; domain:hibernate; dom:domain flags:uint;
183 domain_has_managed_save_image; domain:read; dom:domain flags:uint; result:int
184 domain_managed_save_remove; domain:hibernate; dom:domain flags:uint;
185 domain_snapshot_create_xml; domain:snapshot domain:fs_freeze:VIR_DOMAIN_SNAPSHOT_CREATE_QUIESCE; dom:domain xml_desc:string flags:uint; snap:domain_snapshot
186 domain_snapshot_get_xml_desc high; domain:read domain:read_secure:VIR_DOMAIN_SNAPSHOT_XML_SECURE; snap:domain_snapshot flags:uint; xml:string
187 domain_snapshot_num high; domain:read; dom:domain flags:uint; num:int
188 domain_snapshot_list_names high; domain:read; dom:domain maxnames:int flags:uint; names:string<DOMAIN_SNAPSHOT_LIST_MAX>
189 domain_snapshot_lookup_by_name high; domain:read; dom:domain name:string flags:uint; snap:domain_snapshot
190 domain_has_current_snapshot; domain:read; dom:domain flags:uint; result:int
191 domain_snapshot_current; domain:read; dom:domain flags:uint; snap:domain_snapshot
192 domain_revert_to_snapshot; domain:snapshot; snap:domain_snapshot flags:uint;
193 domain_snapshot_delete; domain:snapshot; snap:domain_snapshot flags:uint;
194 domain_get_block_info; domain:read; dom:domain path:string flags:uint; =DomainBlockInfo allocation:uhyper capacity:uhyper physical:uhyper
195 domain_event_io_error_reason event=domain/6; none; ; dom:domain src_path:string dev_alias:string action:int reason:string
196 domain_create_with_flags; domain:start; dom:domain flags:uint; dom:domain
197 domain_set_memory_parameters; domain:write domain:save:!VIR_DOMAIN_AFFECT_CONFIG|VIR_DOMAIN_AFFECT_LIVE domain:save:VIR_DOMAIN_AFFECT_CONFIG; dom:domain params:param<DOMAIN_MEMORY_PARAMETERS_MAX> flags:uint;
198 domain_get_memory_parameters string_okay; domain:read; dom:domain nparams:int flags:uint; params:param<DOMAIN_MEMORY_PARAMETERS_MAX> nparams:int
199 domain_set_vcpus_flags; domain:write domain:save:!VIR_DOMAIN_AFFECT_CONFIG|VIR_DOMAIN_AFFECT_LIVE domain:save:VIR_DOMAIN_AFFECT_CONFIG domain:write:VIR_DOMAIN_VCPU_GUEST; dom:domain nvcpus:uint flags:uint;
200 domain_get_vcpus_flags; domain:read domain:write:VIR_DOMAIN_VCPU_GUEST; dom:domain flags:uint; num:int
201 domain_open_console stream=read; domain:open_device; dom:domain dev_name:string? flags:uint;
202 domain_is_updated high; domain:read; dom:domain; updated:int
203 connect_get_sysinfo high; connect:read; flags:uint; sysinfo:string
204 domain_set_memory_flags; domain:write domain:save:!VIR_DOMAIN_AFFECT_CONFIG|VIR_DOMAIN_AFFECT_LIVE domain:save:VIR_DOMAIN_AFFECT_CONFIG; dom:domain memory:uhyper flags:uint;
205 domain_set_blkio_parameters; domain:write domain:save:!VIR_DOMAIN_AFFECT_CONFIG|VIR_DOMAIN_AFFECT_LIVE domain:save:VIR_DOMAIN_AFFECT_CONFIG; dom:domain params:param<DOMAIN_BLKIO_PARAMETERS_MAX> flags:uint;
206 domain_get_blkio_parameters string_okay; domain:read; dom:domain nparams:int flags:uint; params:param<DOMAIN_BLKIO_PARAMETERS_MAX> nparams:int
207 domain_migrate_set_max_speed; domain:migrate; dom:domain bandwidth:uhyper flags:uint;
208 storage_vol_upload stream=write sparse=VIR_STORAGE_VOL_UPLOAD_SPARSE_STREAM; storage_vol:data_write; vol:storage_vol offset:uhyper length:uhyper flags:uint;
209 storage_vol_download stream=read sparse=VIR_STORAGE_VOL_DOWNLOAD_SPARSE_STREAM; storage_vol:data_read; vol:storage_vol offset:uhyper length:uhyper flags:uint;
210 domain_inject_nmi; domain:inject_nmi; dom:domain flags:uint;
211 domain_screenshot stream=read; domain:screenshot; dom:domain screen:uint flags:uint; mime:string?
212 domain_get_state high; domain:read; dom:domain flags:uint; =DomainState state:int reason:int
213 domain_migrate_begin3; domain:migrate; dom:domain xmlin:string? flags:uhyper dname:string? resource:uhyper; =MigrateBegin3Result cookie_out:opaque<MIGRATE_COOKIE_MAX> xml:string
214 domain_migrate_prepare3; domain:migrate domain:start domain:write; cookie_in:opaque<MIGRATE_COOKIE_MAX> uri_in:string? flags:uhyper dname:string? resource:uhyper dom_xml:string; =MigratePrepare3Result cookie_out:opaque<MIGRATE_COOKIE_MAX> uri_out:string?
215 domain_migrate_prepare_tunnel3 stream=write; domain:migrate domain:start domain:write; cookie_in:opaque<MIGRATE_COOKIE_MAX> flags:uhyper dname:string? resource:uhyper dom_xml:string; cookie_out:opaque<MIGRATE_COOKIE_MAX>
216 domain_migrate_perform3; domain:migrate; dom:domain xmlin:string? cookie_in:opaque<MIGRATE_COOKIE_MAX> dconnuri:string? uri:string? flags:uhyper dname:string? resource:uhyper; cookie_out:opaque<MIGRATE_COOKIE_MAX>
217 domain_migrate_finish3; domain:migrate; dname:string cookie_in:opaque<MIGRATE_COOKIE_MAX> dconnuri:string? uri:string? flags:uhyper cancelled:int; =MigrateFinish3Result dom:domain cookie_out:opaque<MIGRATE_COOKIE_MAX>
218 domain_migrate_confirm3; domain:migrate; dom:domain cookie_in:opaque<MIGRATE_COOKIE_MAX> flags:uhyper cancelled:int;
219 domain_set_scheduler_parameters_flags; domain:write domain:save:!VIR_DOMAIN_AFFECT_CONFIG|VIR_DOMAIN_AFFECT_LIVE domain:save:VIR_DOMAIN_AFFECT_CONFIG; dom:domain params:param<DOMAIN_SCHEDULER_PARAMETERS_MAX> flags:uint;
220 interface_change_begin; connect:interface_transaction; flags:uint;
221 interface_change_commit; connect:interface_transaction; flags:uint;
222 interface_change_rollback; connect:interface_transaction; flags:uint;
223 domain_get_scheduler_parameters_flags string_okay; domain:read; dom:domain nparams:int flags:uint; params:param<DOMAIN_SCHEDULER_PARAMETERS_MAX>
224 domain_event_control_error event=domain/7; none; ; dom:domain
225 domain_pin_vcpu_flags; domain:write domain:save:!VIR_DOMAIN_AFFECT_CONFIG|VIR_DOMAIN_AFFECT_LIVE domain:save:VIR_DOMAIN_AFFECT_CONFIG; dom:domain vcpu:uint cpumap:opaque<CPUMAP_MAX> flags:uint;
226 domain_send_key; domain:send_input; dom:domain codeset:uint holdtime:uint keycodes:uint<DOMAIN_SEND_KEY_MAX> flags:uint;
227 node_get_cpu_stats high; connect:read; cpu_num:int nparams:int flags:uint; params:node_get_cpu_stats<NODE_CPU_STATS_MAX> nparams:int
228 node_get_memory_stats high; connect:read; nparams:int cell_num:int flags:uint; params:node_get_memory_stats<NODE_MEMORY_STATS_MAX> nparams:int
229 domain_get_control_info high; domain:read; dom:domain flags:uint; =DomainControlInfo state:uint details:uint state_time:uhyper
230 domain_get_vcpu_pin_info; domain:read; dom:domain ncpumaps:int maplen:int flags:uint; cpumaps:opaque<CPUMAPS_MAX> num:int
231 domain_undefine_flags high; domain:delete; dom:domain flags:uint;
232 domain_save_flags; domain:hibernate; dom:domain to_file:string dxml:string? flags:uint;
233 domain_restore_flags; domain:start domain:write; from_file:string dxml:string? flags:uint;
234 domain_destroy_flags high; domain:stop; dom:domain flags:uint;
235 domain_save_image_get_xml_desc high; domain:write; file:string flags:uint; xml:string
236 domain_save_image_define_xml high; domain:write domain:hibernate; file:string dxml:string flags:uint;
237 domain_block_job_abort; domain:write; dom:domain path:string flags:uint;
238 domain_get_block_job_info; domain:read; dom:domain path:string flags:uint; found:int type:int bandwidth:uhyper cur:uhyper end:uhyper
239 domain_block_job_set_speed; domain:write; dom:domain path:string bandwidth:uhyper flags:uint;
240 domain_block_pull; domain:block_write; dom:domain path:string bandwidth:uhyper flags:uint;
241 domain_event_block_job event=domain/8; none; ; dom:domain path:string type:int status:int
242 domain_migrate_get_max_speed; domain:migrate; dom:domain flags:uint; bandwidth:uhyper
243 domain_block_stats_flags string_okay; domain:read; dom:domain path:string nparams:int flags:uint; params:param<DOMAIN_BLOCK_STATS_PARAMETERS_MAX> nparams:int
244 domain_snapshot_get_parent high; domain:read; snap:domain_snapshot flags:uint; snap:domain_snapshot
245 domain_reset; domain:reset; dom:domain flags:uint;
246 domain_snapshot_num_children high; domain:read; snap:domain_snapshot flags:uint; num:int
247 domain_snapshot_list_children_names high; domain:read; snap:domain_snapshot maxnames:int flags:uint; names:string<DOMAIN_SNAPSHOT_LIST_MAX>
248 domain_event_disk_change event=domain/9; none; ; dom:domain old_src_path:string? new_src_path:string? dev_alias:string reason:int
249 domain_open_graphics fds=in; domain:open_graphics; dom:domain idx:uint flags:uint;
250 node_suspend_for_duration; connect:pm_control; target:uint duration:uhyper flags:uint;
251 domain_block_resize; domain:block_write; dom:domain disk:string size:uhyper flags:uint;
252 domain_set_block_io_tune; domain:write domain:save:!VIR_DOMAIN_AFFECT_CONFIG|VIR_DOMAIN_AFFECT_LIVE domain:save:VIR_DOMAIN_AFFECT_CONFIG; dom:domain disk:string params:param<DOMAIN_BLOCK_IO_TUNE_PARAMETERS_MAX> flags:uint;
253 domain_get_block_io_tune string_okay; domain:read; dom:domain disk:string? nparams:int flags:uint; params:param<DOMAIN_BLOCK_IO_TUNE_PARAMETERS_MAX> nparams:int
254 domain_set_numa_parameters; domain:write domain:save:!VIR_DOMAIN_AFFECT_CONFIG|VIR_DOMAIN_AFFECT_LIVE domain:save:VIR_DOMAIN_AFFECT_CONFIG; dom:domain params:param<DOMAIN_NUMA_PARAMETERS_MAX> flags:uint;
255 domain_get_numa_parameters string_okay; domain:read; dom:domain nparams:int flags:uint; params:param<DOMAIN_NUMA_PARAMETERS_MAX> nparams:int
256 domain_set_interface_parameters; domain:write domain:save:!VIR_DOMAIN_AFFECT_CONFIG|VIR_DOMAIN_AFFECT_LIVE domain:save:VIR_DOMAIN_AFFECT_CONFIG; dom:domain device:string params:param<DOMAIN_INTERFACE_PARAMETERS_MAX> flags:uint;
257 domain_get_interface_parameters string_okay; domain:read; dom:domain device:string nparams:int flags:uint; params:param<DOMAIN_INTERFACE_PARAMETERS_MAX> nparams:int
258 domain_shutdown_flags; domain:init_control domain:write:VIR_DOMAIN_SHUTDOWN_GUEST_AGENT; dom:domain flags:uint;
259 storage_vol_wipe_pattern; storage_vol:format; vol:storage_vol algorithm:uint flags:uint;
260 storage_vol_resize; storage_vol:resize; vol:storage_vol capacity:uhyper flags:uint;
261 domain_pm_suspend_for_duration; domain:pm_control; dom:domain target:uint duration:uhyper flags:uint;
262 domain_get_cpu_stats string_okay; domain:read; dom:domain nparams:uint start_cpu:int ncpus:uint flags:uint; params:param<DOMAIN_GET_CPU_STATS_MAX> nparams:int
263 domain_get_disk_errors; domain:read; dom:domain maxerrors:uint flags:uint; errors:domain_disk_error<DOMAIN_DISK_ERRORS_MAX> nerrors:int
264 domain_set_metadata; domain:write domain:save:!VIR_DOMAIN_AFFECT_CONFIG|VIR_DOMAIN_AFFECT_LIVE domain:save:VIR_DOMAIN_AFFECT_CONFIG; dom:domain type:int metadata:string? key:string? uri:string? flags:uint;
265 domain_get_metadata; domain:read; dom:domain type:int uri:string? flags:uint; metadata:string
266 domain_block_rebase; domain:block_write; dom:domain path:string base:string? bandwidth:uhyper flags:uint;
267 domain_pm_wakeup; domain:pm_control; dom:domain flags:uint;
268 domain_event_tray_change event=domain/10; none; ; dom:domain dev_alias:string reason:int
269 domain_event_pmwakeup event=domain/11; none; ; dom:domain
270 domain_event_pmsuspend event=domain/12; none; ; dom:domain
271 domain_snapshot_is_current; domain:read; snap:domain_snapshot flags:uint; current:int
272 domain_snapshot_has_metadata; domain:read; snap:domain_snapshot flags:uint; metadata:int
273 connect_list_all_domains high filter=domain:getattr; connect:search_domains; need_results:int flags:uint; domains:domain<DOMAIN_LIST_MAX> ret:uint
274 domain_list_all_snapshots high; domain:read; dom:domain need_results:int flags:uint; snapshots:domain_snapshot<DOMAIN_SNAPSHOT_LIST_MAX> ret:int
275 domain_snapshot_list_all_children high; domain:read; snapshot:domain_snapshot need_results:int flags:uint; snapshots:domain_snapshot<DOMAIN_SNAPSHOT_LIST_MAX> ret:int
276 domain_event_balloon_change event=domain/13; none; ; dom:domain actual:uhyper
277 domain_get_hostname; domain:write; dom:domain flags:uint; hostname:string
278 domain_get_security_label_list high; domain:read; dom:domain; labels:domain_get_security_label_ret<SECURITY_LABEL_LIST_MAX> ret:int
279 domain_pin_emulator; domain:write domain:save:!VIR_DOMAIN_AFFECT_CONFIG|VIR_DOMAIN_AFFECT_LIVE domain:save:VIR_DOMAIN_AFFECT_CONFIG; dom:domain cpumap:opaque<CPUMAP_MAX> flags:uint;
280 domain_get_emulator_pin_info; domain:read; dom:domain maplen:int flags:uint; cpumaps:opaque<CPUMAPS_MAX> ret:int
281 connect_list_all_storage_pools high filter=storage_pool:getattr; connect:search_storage_pools; need_results:int flags:uint; pools:storage_pool<STORAGE_POOL_LIST_MAX> ret:uint
282 storage_pool_list_all_volumes high filter=storage_vol:getattr; storage_pool:search_storage_vols; pool:storage_pool need_results:int flags:uint; vols:storage_vol<STORAGE_VOL_LIST_MAX> ret:uint
283 connect_list_all_networks high filter=network:getattr; connect:search_networks; need_results:int flags:uint; nets:network<NETWORK_LIST_MAX> ret:uint
284 connect_list_all_interfaces high filter=interface:getattr; connect:search_interfaces; need_results:int flags:uint; ifaces:interface<INTERFACE_LIST_MAX> ret:uint
285 connect_list_all_node_devices high filter=node_device:getattr; connect:search_node_devices; need_results:int flags:uint; devices:node_device<NODE_DEVICE_LIST_MAX> ret:uint
286 connect_list_all_nwfilters high filter=nwfilter:getattr; connect:search_nwfilters; need_results:int flags:uint; filters:nwfilter<NWFILTER_LIST_MAX> ret:uint
287 connect_list_all_secrets high filter=secret:getattr; connect:search_secrets; need_results:int flags:uint; secrets:secret<SECRET_LIST_MAX> ret:uint
288 node_set_memory_parameters; connect:write; params:param<NODE_MEMORY_PARAMETERS_MAX> flags:uint;
289 node_get_memory_parameters string_okay; connect:read; nparams:int flags:uint; params:param<NODE_MEMORY_PARAMETERS_MAX> nparams:int
290 domain_block_commit; domain:block_write; dom:domain disk:string base:string? top:string? bandwidth:uhyper flags:uint;
291 network_update high; network:write network:save:!VIR_NETWORK_UPDATE_AFFECT_CONFIG|VIR_NETWORK_UPDATE_AFFECT_LIVE network:save:VIR_NETWORK_UPDATE_AFFECT_CONFIG; net:network command:uint section:uint parent_index:int xml:string flags:uint;
292 domain_event_pmsuspend_disk event=domain/14; none; ; dom:domain
293 node_get_cpu_map; connect:read; need_map:int need_online:int flags:uint; cpumap:opaque<CPUMAP_MAX> online:uint ret:int
294 domain_fstrim; domain:fs_trim; dom:domain mount_point:string? minimum:uhyper flags:uint;
295 domain_send_process_signal; domain:send_signal; dom:domain pid_value:hyper signum:uint flags:uint;
296 domain_open_channel stream=read; domain:open_device; dom:domain name:string? flags:uint;
297 node_device_lookup_scsi_host_by_wwn high; node_device:getattr; wwnn:string wwpn:string flags:uint; dev:node_device
298 domain_get_job_stats; domain:read; dom:domain flags:uint; =DomainJobStats type:int params:param<DOMAIN_JOB_STATS_MAX>
299 domain_migrate_get_compression_cache; domain:migrate; dom:domain flags:uint; cache_size:uhyper
300 domain_migrate_set_compression_cache; domain:migrate; dom:domain cache_size:uhyper flags:uint;
301 node_device_detach_flags; node_device:detach; name:string driver_name:string? flags:uint;
302 domain_migrate_begin3_params; domain:migrate; dom:domain params:param<DOMAIN_MIGRATE_PARAM_LIST_MAX> flags:uint; =MigrateBegin3Result cookie_out:opaque<MIGRATE_COOKIE_MAX> xml:string
303 domain_migrate_prepare3_params; domain:migrate domain:start domain:write; params:param<DOMAIN_MIGRATE_PARAM_LIST_MAX> cookie_in:opaque<MIGRATE_COOKIE_MAX> flags:uint; =MigratePrepare3Result cookie_out:opaque<MIGRATE_COOKIE_MAX> uri_out:string?
304 domain_migrate_prepare_tunnel3_params stream=write; domain:migrate domain:start domain:write; params:param<DOMAIN_MIGRATE_PARAM_LIST_MAX> cookie_in:opaque<MIGRATE_COOKIE_MAX> flags:uint; cookie_out:opaque<MIGRATE_COOKIE_MAX>
305 domain_migrate_perform3_params; domain:migrate; dom:domain dconnuri:string? params:param<DOMAIN_MIGRATE_PARAM_LIST_MAX> cookie_in:opaque<MIGRATE_COOKIE_MAX> flags:uint; cookie_out:opaque<MIGRATE_COOKIE_MAX>
306 domain_migrate_finish3_params; domain:migrate; params:param<DOMAIN_MIGRATE_PARAM_LIST_MAX> cookie_in:opaque<MIGRATE_COOKIE_MAX> flags:uint cancelled:int; =MigrateFinish3Result dom:domain cookie_out:opaque<MIGRATE_COOKIE_MAX>
307 domain_migrate_confirm3_params; domain:migrate; dom:domain params:param<DOMAIN_MIGRATE_PARAM_LIST_MAX> cookie_in:opaque<MIGRATE_COOKIE_MAX> flags:uint cancelled:int;
308 domain_set_memory_stats_period; domain:write domain:save:!VIR_DOMAIN_AFFECT_CONFIG|VIR_DOMAIN_AFFECT_LIVE domain:save:VIR_DOMAIN_AFFECT_CONFIG; dom:domain period:int flags:uint;
309 domain_create_xml_with_files fds=in; domain:write domain:start; xml_desc:string flags:uint; dom:domain
310 domain_create_with_files fds=in; domain:start; dom:domain flags:uint; dom:domain
311 domain_event_device_removed event=domain/15; none; ; dom:domain dev_alias:string
312 connect_get_cpu_model_names; connect:read; arch:string need_results:int flags:uint; models:string<CONNECT_CPU_MODELS_MAX> ret:int
313 connect_network_event_register_any high filter=network:getattr; connect:search_networks; event_id:int net:network?; callback_id:int
314 connect_network_event_deregister_any high; connect:read; callback_id:int;
315 network_event_lifecycle event=network/0; none; ; callback_id:int net:network event:int detail:int
316 connect_domain_event_callback_register_any high filter=domain:getattr; connect:search_domains; event_id:int dom:domain?; callback_id:int
317 connect_domain_event_callback_deregister_any high; connect:read; callback_id:int;
318 domain_event_callback_lifecycle event=domain/0; none; ; callback_id:int dom:domain event:int detail:int
319 domain_event_callback_reboot event=domain/1; none; ; callback_id:int dom:domain
320 domain_event_callback_rtc_change event=domain/2; none; ; callback_id:int dom:domain offset:hyper
321 domain_event_callback_watchdog event=domain/3; none; ; callback_id:int dom:domain action:int
322 domain_event_callback_io_error event=domain/4; none; ; callback_id:int dom:domain src_path:string dev_alias:string action:int
323 domain_event_callback_graphics event=domain/5; none; ; callback_id:int dom:domain phase:int local:domain_event_graphics_address remote:domain_event_graphics_address auth_scheme:string subject:domain_event_graphics_identity<DOMAIN_EVENT_GRAPHICS_IDENTITY_MAX>
324 domain_event_callback_io_error_reason event=domain/6; none; ; callback_id:int dom:domain src_path:string dev_alias:string action:int reason:string
325 domain_event_callback_control_error event=domain/7; none; ; callback_id:int dom:domain
326 domain_event_callback_block_job event=domain/8; none; ; callback_id:int dom:domain path:string type:int status:int
327 domain_event_callback_disk_change event=domain/9; none; ; callback_id:int dom:domain old_src_path:string? new_src_path:string? dev_alias:string reason:int
328 domain_event_callback_tray_change event=domain/10; none; ; callback_id:int dom:domain dev_alias:string reason:int
329 domain_event_callback_pmwakeup event=domain/11; none; ; callback_id:int reason:int dom:domain
330 domain_event_callback_pmsuspend event=domain/12; none; ; callback_id:int reason:int dom:domain
331 domain_event_callback_balloon_change event=domain/13; none; ; callback_id:int dom:domain actual:uhyper
332 domain_event_callback_pmsuspend_disk event=domain/14; none; ; callback_id:int reason:int dom:domain
333 domain_event_callback_device_removed event=domain/15; none; ; callback_id:int dom:domain dev_alias:string
334 domain_core_dump_with_format; domain:core_dump; dom:domain to_file:string dumpformat:uint flags:uint;
335 domain_fsfreeze; domain:fs_freeze; dom:domain mountpoints:string<DOMAIN_FSFREEZE_MOUNTPOINTS_MAX> flags:uint; filesystems:int
336 domain_fsthaw; domain:fs_freeze; dom:domain mountpoints:string<DOMAIN_FSFREEZE_MOUNTPOINTS_MAX> flags:uint; filesystems:int
337 domain_get_time; domain:write; dom:domain flags:uint; =DomainTime seconds:hyper nseconds:uint
338 domain_set_time; domain:set_time; dom:domain seconds:hyper nseconds:uint flags:uint;
339 domain_event_block_job_2 event=domain/16; none; ; callback_id:int dom:domain dst:string type:int status:int
340 node_get_free_pages high; connect:read; pages:uint<NODE_MAX_CELLS> start_cell:int cell_count:uint flags:uint; counts:uhyper<NODE_MAX_CELLS>
341 network_get_dhcp_leases; network:read; net:network mac:string? need_results:int flags:uint; leases:network_dhcp_lease<NETWORK_DHCP_LEASES_MAX> ret:uint
342 connect_get_domain_capabilities; connect:write; emulatorbin:string? arch:string? machine:string? virttype:string? flags:uint; capabilities:string
343 domain_open_graphics_fd fds=out; domain:open_graphics; dom:domain idx:uint flags:uint;
344 connect_get_all_domain_stats filter=domain:read; connect:search_domains; doms:domain<DOMAIN_LIST_MAX> stats:uint flags:uint; ret_stats:domain_stats_record<DOMAIN_LIST_MAX>
345 domain_block_copy; domain:block_write; dom:domain path:string destxml:string params:param<DOMAIN_BLOCK_COPY_PARAMETERS_MAX> flags:uint;
346 domain_event_callback_tunable event=domain/17; none; ; callback_id:int dom:domain params:param<DOMAIN_EVENT_TUNABLE_MAX>
347 node_alloc_pages; connect:write; page_sizes:uint<NODE_MAX_CELLS> page_counts:uhyper<NODE_MAX_CELLS> start_cell:int cell_count:uint flags:uint; ret:int
348 domain_event_callback_agent_lifecycle event=domain/18; none; ; callback_id:int dom:domain state:int reason:int
349 domain_get_fsinfo; domain:fs_freeze; dom:domain flags:uint; info:domain_fsinfo<DOMAIN_FSINFO_MAX> ret:uint
350 domain_define_xml_flags high; domain:write domain:save; xml:string flags:uint; dom:domain
351 domain_get_iothread_info; domain:read; dom:domain flags:uint; info:domain_iothread_info<IOTHREAD_INFO_MAX> ret:uint
352 domain_pin_iothread; domain:write domain:save:!VIR_DOMAIN_AFFECT_CONFIG|VIR_DOMAIN_AFFECT_LIVE domain:save:VIR_DOMAIN_AFFECT_CONFIG; dom:domain iothreads_id:uint cpumap:opaque<CPUMAP_MAX> flags:uint;
353 domain_interface_addresses; domain:read domain:write::source:VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_AGENT; dom:domain source:uint flags:uint; ifaces:domain_interface<DOMAIN_INTERFACE_MAX>
354 domain_event_callback_device_added event=domain/19; none; ; callback_id:int dom:domain dev_alias:string
355 domain_add_iothread; domain:write domain:save:!VIR_DOMAIN_AFFECT_CONFIG|VIR_DOMAIN_AFFECT_LIVE domain:save:VIR_DOMAIN_AFFECT_CONFIG; dom:domain iothread_id:uint flags:uint;
356 domain_del_iothread; domain:write domain:save:!VIR_DOMAIN_AFFECT_CONFIG|VIR_DOMAIN_AFFECT_LIVE domain:save:VIR_DOMAIN_AFFECT_CONFIG; dom:domain iothread_id:uint flags:uint;
357 domain_set_user_password; domain:set_password; dom:domain user:string? password:string? flags:uint;
358 domain_rename; domain:write domain:save; dom:domain new_name:string? flags:uint; retcode:int
359 domain_event_callback_migration_iteration event=domain/20; none; ; callback_id:int dom:domain iteration:int
360 connect_register_close_callback high; connect:getattr; ;
361 connect_unregister_close_callback high; connect:getattr; ;
362 connect_event_connection_closed event; none; ; reason:int
363 domain_event_callback_job_completed event=domain/21; none; ; callback_id:int dom:domain params:param<DOMAIN_JOB_STATS_MAX>
364 domain_migrate_start_post_copy; domain:migrate; dom:domain flags:uint;
365 domain_get_perf_events; domain:read; dom:domain flags:uint; params:param<DOMAIN_PERF_EVENTS_MAX>
366 domain_set_perf_events; domain:write; dom:domain params:param<DOMAIN_PERF_EVENTS_MAX> flags:uint;
367 domain_event_callback_device_removal_failed event=domain/22; none; ; callback_id:int dom:domain dev_alias:string
368 connect_storage_pool_event_register_any high filter=storage_pool:getattr; connect:search_storage_pools; event_id:int pool:storage_pool?; callback_id:int
369 connect_storage_pool_event_deregister_any high; connect:read; callback_id:int;
370 storage_pool_event_lifecycle event=storage_pool/0; none; ; callback_id:int pool:storage_pool event:int detail:int
371 domain_get_guest_vcpus; domain:write; dom:domain flags:uint; params:param<DOMAIN_GUEST_VCPU_PARAMS_MAX>
372 domain_set_guest_vcpus; domain:write; dom:domain cpumap:string state:int flags:uint;
373 storage_pool_event_refresh event=storage_pool/1; none; ; callback_id:int pool:storage_pool
374 connect_node_device_event_register_any high filter=node_device:getattr; connect:search_node_devices; event_id:int dev:node_device?; callback_id:int
375 connect_node_device_event_deregister_any high; connect:read; callback_id:int;
376 node_device_event_lifecycle event=node_device/0; none; ; callback_id:int dev:node_device event:int detail:int
377 node_device_event_update event=node_device/1; none; ; callback_id:int dev:node_device
378 storage_vol_get_info_flags high; storage_vol:read; vol:storage_vol flags:uint; =StorageVolInfo type:int capacity:uhyper allocation:uhyper
379 domain_event_callback_metadata_change event=domain/23; none; ; callback_id:int dom:domain type:int nsuri:string?
380 connect_secret_event_register_any high filter=secret:getattr; connect:search_secrets; event_id:int secret:secret?; callback_id:int
381 connect_secret_event_deregister_any high; connect:read; callback_id:int;
382 secret_event_lifecycle event=secret/0; none; ; callback_id:int secret:secret event:int detail:int
383 secret_event_value_changed event=secret/1; none; ; callback_id:int secret:secret
384 domain_set_vcpu; domain:write domain:save:!VIR_DOMAIN_AFFECT_CONFIG|VIR_DOMAIN_AFFECT_LIVE domain:save:VIR_DOMAIN_AFFECT_CONFIG; dom:domain cpumap:string state:int flags:uint;
385 domain_event_block_threshold event=domain/24; none; ; callback_id:int dom:domain dev:string path:string? threshold:uhyper excess:uhyper
386 domain_set_block_threshold; domain:write; dom:domain dev:string threshold:uhyper flags:uint;
387 domain_migrate_get_max_downtime; domain:migrate; dom:domain flags:uint; downtime:uhyper
388 domain_managed_save_get_xml_desc; domain:read domain:read_secure:VIR_DOMAIN_SAVE_IMAGE_XML_SECURE; dom:domain flags:uint; xml:string
389 domain_managed_save_define_xml; domain:write domain:hibernate; dom:domain dxml:string? flags:uint;
390 domain_set_lifecycle_action; domain:write; dom:domain type:uint action:uint flags:uint;
391 storage_pool_lookup_by_target_path high; storage_pool:getattr; path:string; pool:storage_pool
392 domain_detach_device_alias; domain:write domain:save:!VIR_DOMAIN_AFFECT_CONFIG|VIR_DOMAIN_AFFECT_LIVE domain:save:VIR_DOMAIN_AFFECT_CONFIG; dom:domain alias:string flags:uint;
393 connect_compare_hypervisor_cpu; connect:write; emulator:string? arch:string? machine:string? virttype:string? xml_cpu:string flags:uint; result:int
394 connect_baseline_hypervisor_cpu; connect:write; emulator:string? arch:string? machine:string? virttype:string? xml_cpus:string<CPU_BASELINE_MAX> flags:uint; cpu:string
395 node_get_sev_info string_okay; connect:read; nparams:int flags:uint; params:param<NODE_SEV_INFO_MAX> nparams:int
396 domain_get_launch_security_info string_okay; domain:read; dom:domain flags:uint; params:param<DOMAIN_LAUNCH_SECURITY_INFO_PARAMS_MAX>
397 nwfilter_binding_lookup_by_port_dev high; nwfilter_binding:getattr; name:string; nwfilter:nwfilter_binding
398 nwfilter_binding_get_xml_desc high; nwfilter_binding:read; nwfilter:nwfilter_binding flags:uint; xml:string
399 nwfilter_binding_create_xml high; nwfilter_binding:create; xml:string flags:uint; nwfilter:nwfilter_binding
400 nwfilter_binding_delete high; nwfilter_binding:delete; nwfilter:nwfilter_binding;
401 connect_list_all_nwfilter_bindings high filter=nwfilter_binding:getattr; connect:search_nwfilter_bindings; need_results:int flags:uint; bindings:nwfilter_binding<NWFILTER_BINDING_LIST_MAX> ret:uint
402 domain_set_iothread_params; domain:write domain:save:!VIR_DOMAIN_AFFECT_CONFIG|VIR_DOMAIN_AFFECT_LIVE domain:save:VIR_DOMAIN_AFFECT_CONFIG; dom:domain iothread_id:uint params:param<DOMAIN_IOTHREAD_PARAMS_MAX> flags:uint;
403 connect_get_storage_pool_capabilities; connect:read; flags:uint; capabilities:string
404 network_list_all_ports high filter=network_port:getattr; network:search_ports; network:network need_results:int flags:uint; ports:network_port<NETWORK_PORT_LIST_MAX> ret:uint
405 network_port_lookup_by_uuid high; network_port:getattr; network:network uuid:uuid; port:network_port
406 network_port_create_xml; network_port:create; network:network xml:string flags:uint; port:network_port
407 network_port_get_parameters; network_port:read; port:network_port nparams:int flags:uint; params:param<NETWORK_PORT_PARAMETERS_MAX> nparams:int
408 network_port_set_parameters; network_port:write; port:network_port params:param<NETWORK_PORT_PARAMETERS_MAX> flags:uint;
409 network_port_get_xml_desc; network_port:read; port:network_port flags:uint; xml:string
410 network_port_delete; network_port:delete; port:network_port flags:uint;
411 domain_checkpoint_create_xml; domain:checkpoint domain:fs_freeze:VIR_DOMAIN_CHECKPOINT_CREATE_QUIESCE; dom:domain xml_desc:string flags:uint; checkpoint:domain_checkpoint
412 domain_checkpoint_get_xml_desc; domain:read domain:read_secure:VIR_DOMAIN_CHECKPOINT_XML_SECURE; checkpoint:domain_checkpoint flags:uint; xml:string
413 domain_list_all_checkpoints high; domain:read; dom:domain need_results:int flags:uint; checkpoints:domain_checkpoint<DOMAIN_CHECKPOINT_LIST_MAX> ret:int
414 domain_checkpoint_list_all_children high; domain:read; checkpoint:domain_checkpoint need_results:int flags:uint; checkpoints:domain_checkpoint<DOMAIN_CHECKPOINT_LIST_MAX> ret:int
415 domain_checkpoint_lookup_by_name high; domain:read; dom:domain name:string flags:uint; checkpoint:domain_checkpoint
416 domain_checkpoint_get_parent high; domain:read; checkpoint:domain_checkpoint flags:uint; parent:domain_checkpoint
417 domain_checkpoint_delete; domain:checkpoint; checkpoint:domain_checkpoint flags:uint;
418 domain_get_guest_info; domain:write; dom:domain types:uint flags:uint; params:param<DOMAIN_GUEST_INFO_PARAMS_MAX>
419 connect_set_identity; connect:write; params:param<CONNECT_IDENTITY_PARAMS_MAX> flags:uint;
420 domain_agent_set_response_timeout; domain:write; dom:domain timeout:int flags:uint; result:int
421 domain_backup_begin; domain:checkpoint domain:block_write; dom:domain backup_xml:string checkpoint_xml:string? flags:uint;
422 domain_backup_get_xml_desc high; domain:read; dom:domain flags:uint; xml:string
423 domain_event_memory_failure event=domain/25; none; ; callback_id:int dom:domain recipient:int action:int flags:uint
424 domain_authorized_ssh_keys_get; domain:write; dom:domain user:string flags:uint; keys:string<DOMAIN_AUTHORIZED_SSH_KEYS_MAX>
425 domain_authorized_ssh_keys_set; domain:write; dom:domain user:string keys:string<DOMAIN_AUTHORIZED_SSH_KEYS_MAX> flags:uint;
426 domain_get_messages; domain:read; dom:domain flags:uint; msgs:string<DOMAIN_MESSAGES_MAX>
427 domain_start_dirty_rate_calc; domain:write; dom:domain seconds:int flags:uint;
428 node_device_define_xml; node_device:write node_device:save; xml_desc:string flags:uint; dev:node_device
429 node_device_undefine high; node_device:delete; name:string flags:uint;
430 node_device_create high; node_device:start; name:string flags:uint;
431 nwfilter_define_xml_flags high; nwfilter:write nwfilter:save; xml:string flags:uint; nwfilter:nwfilter
432 network_define_xml_flags high; network:write network:save; xml:string flags:uint; net:network
433 node_device_get_autostart high; node_device:read; name:string; autostart:int
434 node_device_set_autostart high; node_device:write; name:string autostart:int;
435 node_device_is_persistent high; node_device:read; name:string; persistent:int
436 node_device_is_active high; node_device:read; name:string; active:int
437 network_create_xml_flags high; network:write network:start; xml:string flags:uint; net:network
438 domain_event_memory_device_size_change event=domain/26; none; ; callback_id:int dom:domain alias:string size:uhyper
439 domain_set_launch_security_state; domain:write; dom:domain params:param<DOMAIN_LAUNCH_SECURITY_STATE_PARAMS_MAX> flags:uint;
440 domain_save_params; domain:hibernate; dom:domain params:param<DOMAIN_SAVE_PARAMS_MAX> flags:uint;
441 domain_restore_params; domain:start domain:write; params:param<DOMAIN_SAVE_PARAMS_MAX> flags:uint;
442 domain_abort_job_flags; domain:write; dom:domain flags:uint;
443 domain_fd_associate fds=in; domain:write; dom:domain name:string flags:uint;
444 network_set_metadata since=9.7.0; network:write network:save:!VIR_NETWORK_UPDATE_AFFECT_CONFIG|VIR_NETWORK_UPDATE_AFFECT_LIVE network:save:VIR_NETWORK_UPDATE_AFFECT_CONFIG; network:network type:int metadata:string? key:string? uri:string? flags:uint;
445 network_get_metadata since=9.7.0; network:read; network:network type:int uri:string? flags:uint; metadata:string
446 network_event_callback_metadata_change event=network/1 since=9.8.0; none; ; callback_id:int net:network type:int nsuri:string?
447 node_device_update high since=10.1.0; node_device:write node_device:save:!VIR_NODE_DEVICE_UPDATE_AFFECT_CONFIG|VIR_NODE_DEVICE_UPDATE_AFFECT_LIVE node_device:save:VIR_NODE_DEVICE_UPDATE_AFFECT_CONFIG; name:string xml_desc:string flags:uint;
448 domain_graphics_reload since=10.2.0; domain:write; dom:domain type:uint flags:uint;
449 domain_get_autostart_once high since=11.2.0; domain:read; dom:domain; autostart:int
450 domain_set_autostart_once high since=11.2.0; domain:write; dom:domain autostart:int;
451 domain_set_throttle_group since=11.2.0; domain:write domain:save:!VIR_DOMAIN_AFFECT_CONFIG|VIR_DOMAIN_AFFECT_LIVE domain:save:VIR_DOMAIN_AFFECT_CONFIG; dom:domain group:string params:param<DOMAIN_BLOCK_IO_TUNE_PARAMETERS_MAX> flags:uint;
452 domain_del_throttle_group since=11.2.0; domain:write domain:save:!VIR_DOMAIN_AFFECT_CONFIG|VIR_DOMAIN_AFFECT_LIVE domain:save:VIR_DOMAIN_AFFECT_CONFIG; dom:domain group:string? flags:uint;
453 domain_event_nic_mac_change event=domain/27 since=11.2.0; none; ; callback_id:int dom:domain alias:string old_mac:string new_mac:string
454 domain_event_vcpu_removed event=domain/28 since=12.4.0; none; ; callback_id:int dom:domain vcpuid:uint
455 domain_event_callback_channel_lifecycle event=domain/29 since=12.4.0; none; ; callback_id:int dom:domain channel_name:string state:int reason:int
456 domain_announce_interface since=12.5.0; domain:write; dom:domain device:string? params:param<16> flags:uint;
"""
