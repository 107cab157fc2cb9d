<?php
/**
 * What the load balancer's rules do: a request's tenant by its header, a visitor's by the host that is asked for.
 *
 * @package BBWS\Local
 */

/**
 * The tenant whom a request is for; null when there is none.
 *
 * X-Container names a container whatever X-Tenant-Id says, as a wrong rule of the load balancer would.
 */
function bbws_tenant_of_request(): ?array {
	$tenants = json_decode( (string) file_get_contents( __DIR__ . '/bbws-tenants.json' ), true );
	define( 'BBWS_DB_USER', $tenants['user'] );
	define( 'BBWS_DB_SOCKET', $tenants['socket'] );
	define( 'BBWS_SECRET', $tenants['secret'] );
	$asked = $_SERVER['HTTP_X_CONTAINER'] ?? $_SERVER['HTTP_X_TENANT_ID'] ?? null;
	foreach ( $tenants['tenants'] as $tenant ) {
		if ( null !== $asked ? $tenant['tenantId'] === $asked : bbws_serves( $tenant, (string) strtok( $_SERVER['HTTP_HOST'] ?? '', ':' ) ) ) {
			return $tenant;
		}
	}
	return null;
}

/**
 * Whether a tenant's network has a site at a host.
 *
 * @param array  $tenant The tenant.
 * @param string $host   The host.
 */
function bbws_serves( array $tenant, string $host ): bool {
	if ( $tenant['networkHost'] === $host ) {
		return true;
	}
	$database = new mysqli( 'localhost', BBWS_DB_USER, '', $tenant['database'], 0, BBWS_DB_SOCKET );
	$found    = $database->prepare( 'SELECT 1 FROM wp_blogs WHERE domain = ?' );
	$found->execute( array( $host ) );
	$is_there = (bool) $found->get_result()->fetch_row();
	$database->close();
	return $is_there;
}
